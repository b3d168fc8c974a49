-- Results: resolution, reopening, satisfaction, revenue.

-- "1 at A, else 0 at B": decided at the first A, or at B where no A came before.
create view decided as
select 'transfer_rate' as metric, conversation, transfer as a, closed as b from mark
where connected is not null or ai is not null
union all
select 'agent_request_rate', conversation, request, closed from mark where ai is not null
union all
select 'escalation_rate', conversation, handoff, closed from mark where ai is not null
union all
select 'resolution_rate', conversation, resolved, case when resolved is null then ended end from mark;

create view trial_decided as
select d.metric, d.conversation, least(d.a, d.b) as seq, e.ts,
    coalesce(d.a <= coalesce(d.b, d.a), false)::int as numerator, 1 as denominator, null as extra
from decided d join event e on e.conversation = d.conversation and e.seq = least(d.a, d.b);

create view trial_resolution_time as
select 'resolution_time' as metric, m.conversation, m.resolved as seq, e.ts,
    greatest(e.ts - s.ts, 0) // 1000 as numerator, 1 as denominator, null as extra
from mark m join start s using (conversation)
join event e on e.conversation = m.conversation and e.seq = m.resolved;

create view trial_reopening as
select 'reopens' as metric, conversation, seq, ts, 1 as numerator, null as denominator, null as extra
from event where type = 'conversation.reopened'
union all
select 'reopen_rate', r.conversation, r.seq, r.ts, exists (
    select 1 from event o where o.conversation = r.conversation and o.type = 'conversation.reopened'
        and o.seq > r.seq and o.ts <= r.ts + days(7)
        and not exists (select 1 from event n where n.conversation = r.conversation
            and n.type = 'conversation.resolved' and n.seq > r.seq and n.seq < o.seq))::int, 1, null
from event r where r.type = 'conversation.resolved';

create view trial_feedback as
select 'csat' as metric, conversation, seq, ts, (score / max >= 0.8)::int as numerator, 1 as denominator, null as extra
from answer where kind = 'csat'
union all
select 'nps', conversation, seq, ts,
    case when score >= 9 then 100 when score <= 6 then -100 else 0 end * 1000000, 1, null
from answer where kind = 'nps'
union all
select 'retention', conversation, seq, ts, (data ->> 'retained' = 'true')::int, 1, null
from event where type = 'conversation.valued' and data ->> 'retained' is not null;

create view trial_sentiment as
select 'sentiment' as metric, conversation, seq, ts, (score * 1000000)::bigint as numerator, 1 as denominator, null as extra
from score
union all
select 'negative_sentiment_rate', conversation, seq, ts, (sum_of_3 < -1.2)::int, 1, null
from score where nth >= 3;

create view worth as
select conversation, arg_max(cast(data ->> 'order_value' as decimal(18, 6)), seq) as value,
    arg_max(data ->> 'currency', seq) as currency
from event where data ->> 'order_value' is not null and type in ('conversation.started', 'conversation.valued')
group by conversation;

create view trial_revenue_at_risk as
select 'revenue_at_risk' as metric, m.conversation, m.ended as seq, e.ts,
    (w.value * 1000000)::bigint as numerator, null as denominator, coalesce(w.currency, 'unknown') as extra
from mark m join verdict v using (conversation) join worth w using (conversation)
join event e on e.conversation = m.conversation and e.seq = m.ended
where m.resolved is null or v.ended_abandoned or v.left_abandoned or v.negative or v.dissatisfied;
