-- Contacts and how fast they are answered. Every view `trial_*` has the same columns: durations and
-- sums in millionths, ratios in whole trials.

create view trial_contacts as
select 'contacts' as metric, conversation, seq, ts, 1 as numerator, null as denominator, null as extra
from start;

create view first_response as
with first_of as (
    select conversation, min(seq) as any_seq, min(seq) filter (party = 'ai') as ai_seq from response group by 1
), handoff as (
    select m.conversation, m.handoff, e.ts from mark m
    left join event e on e.conversation = m.conversation and e.seq = m.handoff
), human as (
    select r.conversation, min(r.seq) as human_seq
    from response r join handoff h using (conversation)
    where r.party = 'human' and (h.handoff is null or r.seq > h.handoff)
    group by 1
)
select 'first_response_time' as metric, f.conversation, f.any_seq as seq, s.ts as since
from first_of f join start s using (conversation)
union all
select 'first_response_time_ai', f.conversation, f.ai_seq, s.ts
from first_of f join start s using (conversation) where f.ai_seq is not null
union all
select 'first_response_time_human', u.conversation, u.human_seq, coalesce(h.ts, s.ts)
from human u join handoff h using (conversation) join start s using (conversation);

create view trial_first_response as
select f.metric, f.conversation, f.seq, e.ts, greatest(e.ts - f.since, 0) // 1000 as numerator,
    1 as denominator, null as extra
from first_response f join event e using (conversation, seq);

-- A response answers the messages of the customer since the previous response.
create view trial_response_time as
with turns as (
    select r.conversation, r.seq, r.ts,
        lag(r.seq, 1, 0) over (partition by r.conversation order by r.seq) as previous
    from response r
)
select 'response_time' as metric, t.conversation, t.seq, t.ts,
    greatest(t.ts - min(e.ts), 0) // 1000 as numerator, 1 as denominator, null as extra
from turns t join event e on e.conversation = t.conversation and e.type = 'message.added'
    and e.author = 'customer' and e.seq > t.previous and e.seq < t.seq
group by t.conversation, t.seq, t.ts;
