-- The customer's conversations (events.md): repeat contact, durable resolution, deflection's follow-up.

create table contact as
with known as (
    select conversation, first(data ->> 'customer' order by seq) filter (data ->> 'customer' is not null) as customer
    from event group by conversation
), contacts as (
    select k.customer, s.conversation, s.seq, s.ts from start s join known k using (conversation)
    where k.customer is not null
)
select *, count(*) over (partition by customer order by ts
    range between days(1) preceding and current row) as starts_of_the_day
from contacts;

create view trial_repeat as
select w.metric, c.conversation, c.seq, c.ts, exists (
    select 1 from contact p where p.customer = c.customer and p.conversation <> c.conversation
        and p.ts <= c.ts and p.ts >= c.ts - days(w.days))::int as numerator, 1 as denominator, null as extra
from contact c
cross join (values ('repeat_contact_rate_24h', 1), ('repeat_contact_rate_7d', 7)) as w (metric, days)
where c.starts_of_the_day <= 50;

-- Whether the customer's next other start came within so many days of a decision.
create macro followed(wanted, moment, within) as exists (
    select 1 from contact own join contact other
        on other.customer = own.customer and other.conversation <> own.conversation
    where own.conversation = wanted and other.starts_of_the_day <= 50
        and other.ts > moment and other.ts <= moment + days(within));

create view trial_durable as
select 'durable_resolution_rate' as metric, m.conversation, m.resolved as seq, r.ts,
    (not exists (select 1 from event o where o.conversation = m.conversation
        and o.type = 'conversation.reopened' and o.seq > m.resolved and o.ts <= r.ts + days(7))
    and not followed(m.conversation, r.ts, 7))::int as numerator, 1 as denominator, null as extra
from mark m join event r on r.conversation = m.conversation and r.seq = m.resolved;

-- Containment and autonomous resolution: 0 at the first request for a handoff or human involvement.
create view contained as
select m.conversation, e.seq, e.ts, e.reason is distinct from 'timed_out' and e.seq = m.closed
    and coalesce(least(m.handoff, m.human) > m.closed, true) as good
from mark m
join event e on e.conversation = m.conversation and e.seq = least(m.handoff, m.human, m.closed)
where m.ai is not null;

create view trial_containment as
select 'containment_rate' as metric, conversation, seq, ts, good::int as numerator, 1 as denominator, null as extra
from contained
union all
select 'deflection_rate', c.conversation, c.seq, c.ts,
    (c.good and not coalesce(v.ended_abandoned or v.left_abandoned, v.ended_abandoned)
        and not coalesce(v.ended_error or v.last_ai_failed, v.ended_error)
        and not coalesce(v.negative, false) and not followed(c.conversation, c.ts, 1))::int, 1, null
from contained c join verdict v using (conversation);

create view trial_autonomy as
with resolution as (
    select m.*, w.metric, case when e.actor = 'ai' and (e.data ->> 'confirmed' = 'true') = w.confirmed
        then m.resolved end as autonomous
    from mark m
    left join event e on e.conversation = m.conversation and e.seq = m.resolved
    cross join (values ('autonomous_resolution_rate_confirmed', true),
        ('autonomous_resolution_rate_assumed', false)) as w (metric, confirmed)
    where m.ai is not null
)
select r.metric, r.conversation, least(r.autonomous, r.handoff, r.human, r.ended) as seq, e.ts,
    coalesce(r.autonomous = least(r.autonomous, r.handoff, r.human, r.ended), false)::int as numerator,
    1 as denominator, null as extra
from resolution r join event e on e.conversation = r.conversation
    and e.seq = least(r.autonomous, r.handoff, r.human, r.ended);
