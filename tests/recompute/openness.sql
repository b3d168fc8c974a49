-- When a conversation is open: from its start, or a reopening, to the next resolution or end.

create table open_span as
with turns as (
    select e.conversation, e.seq, e.ts, e.type not in ('conversation.resolved', 'conversation.ended') as opens
    from event e join start s using (conversation)
    where e.seq = s.seq or (e.seq > s.seq
        and e.type in ('conversation.resolved', 'conversation.ended', 'conversation.reopened'))
), changes as (
    select * from turns
    qualify opens is distinct from lag(opens) over (partition by conversation order by seq)
)
select conversation, seq, ts as since, lead(ts) over (partition by conversation order by seq) as until, opens
from changes qualify opens;

-- SLA clocks run from the start, with the target set then for the queue in force there.
create table clock as
with target as (
    select s.conversation, s.seq, s.ts, w.name, setting_at(w.setting, coalesce(c.queue, 'unknown'), s.ts) as seconds
    from start s join context c using (conversation, seq)
    cross join (values ('first response', 'first_response_seconds'), ('resolution', 'resolution_seconds'))
        as w (name, setting)
), met as (
    select conversation, 'first response' as name, min(seq) as met from response group by 1
    union all select conversation, 'resolution', resolved from mark
)
select t.conversation, t.seq, t.ts, t.name, seconds(t.seconds) as target,
    t.ts + seconds(t.seconds) as deadline, e.seq as met, e.ts as met_at
from target t left join met m using (conversation, name)
left join event e on e.conversation = t.conversation and e.seq = m.met
where t.seconds is not null;

-- Decided where it is met in time, or missed where its target passes while the conversation is open.
create view trial_sla as
select 'sla_breach_rate' as metric, conversation, met as seq, met_at as ts, 0 as numerator, 1 as denominator,
    null as extra
from clock where met_at <= deadline
union all
select 'sla_breach_rate', c.conversation, max(e.seq), c.deadline, 1, 1, null
from clock c
join open_span o on o.conversation = c.conversation and c.deadline >= o.since and c.deadline < o.until
join event e on e.conversation = c.conversation and e.ts <= c.deadline
where coalesce(c.met_at > c.deadline, true)
group by c.conversation, c.name, c.deadline;
