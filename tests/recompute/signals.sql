-- Single events that are worth attention, whatever their kind.

create view trial_signal as
with mood as (
    select conversation, seq, ts, sum_of_3 < -1.2 as negative from score where nth >= 3
), content as (
    select conversation, max(seq) as seq from mood where not negative group by 1
), turned as (
    select m.conversation, min(m.seq) as seq, arg_min(m.ts, m.seq) as ts
    from mood m left join content c using (conversation)
    where m.negative and m.seq > coalesce(c.seq, -1)
    group by m.conversation
), closing as (
    select conversation, arg_max(type, seq) as last from event
    where type in ('conversation.started', 'conversation.reopened', 'conversation.resolved', 'conversation.ended')
        and not silent
    group by conversation
), transfer as (
    select conversation, seq, ts, row_number() over (partition by conversation order by seq) as nth
    from event where type = 'transfer.completed'
), signal as (
    select conversation, seq, ts from trial_stuck
    union all
    select conversation, seq, ts from event
    where type = 'evaluation.recorded' and data ->> 'name' = 'brand_safe' and data ->> 'label' = 'fail'
        and data ->> 'severity' = 'severe'
    union all
    select conversation, seq, ts from transfer where nth = 3
    union all
    select conversation, seq, ts from turned left join closing using (conversation)
    where coalesce(last not in ('conversation.resolved', 'conversation.ended'), true)
)
select 'signals' as metric, conversation, seq, ts, 1 as numerator, null as denominator, null as extra from signal;
