-- Handoffs: routing, quality, what the customer had to repeat.

create view transfer as select conversation, seq, ts, reason from event where type = 'transfer.completed';

-- An arrival at a person: a handoff accepted, or an answer from a queue without one within 60 s.
create view arrival as
select e.conversation, e.seq, e.ts, lead(e.seq, 1, 1000000000) over (partition by e.conversation order by e.seq) as next_seq
from event e
where e.type = 'handoff.accepted' or (e.type = 'queue.left' and e.outcome = 'answered' and not exists (
    select 1 from event h where h.conversation = e.conversation and h.type = 'handoff.accepted'
        and h.seq > e.seq and h.ts <= e.ts + seconds(60)));

create view trial_misroute as
select 'misroute_rate' as metric, a.conversation, a.seq, a.ts,
    coalesce(min_by(t.ts <= a.ts + seconds(300) or t.reason = 'wrong_queue', t.seq), false)::int as numerator,
    1 as denominator, null as extra
from arrival a left join transfer t on t.conversation = a.conversation and t.seq > a.seq and t.seq < a.next_seq
group by a.conversation, a.seq, a.ts;

create table handoff as
select *, lead(seq, 1, 1000000000) over (partition by conversation order by seq) as next_seq
from event where type = 'handoff.accepted';

-- A human asked for a slot that was filled before the asking, after this handoff and before the next.
create view asked_again as
select h.conversation, h.seq, exists (
    select 1 from event q where q.conversation = h.conversation and q.type = 'slot.asked' and q.author = 'human'
        and q.seq > h.seq and q.seq < h.next_seq and exists (
            select 1 from event f where f.conversation = h.conversation and f.type = 'slot.filled'
                and f.slot = q.slot and f.seq < q.seq)) as again,
    exists (select 1 from event f where f.conversation = h.conversation and f.type = 'slot.filled'
        and f.seq < h.next_seq) as any_filled
from handoff h;

create view trial_repeat_yourself as
select 'repeat_yourself_rate' as metric, h.conversation, h.seq, h.ts, a.again::int as numerator, 1 as denominator, null as extra
from handoff h join asked_again a using (conversation, seq);

-- The parts of a handoff's quality in millionths of a point, null where they can not be known. The
-- wait is from the latest request; a transfer after the handoff and before the next is the second.
create view handoff_part as
with request as (
    select h.conversation, h.seq, max_by(r.ts, r.seq) as ts, max(r.seq) as requested
    from handoff h join event r on r.conversation = h.conversation and r.type = 'handoff.requested' and r.seq < h.seq
    group by h.conversation, h.seq
), waited as (
    select q.conversation, q.seq, least(greatest(min_by(p.ts, p.seq) - q.ts, seconds(60)), seconds(600)) as wait
    from request q join response p on p.conversation = q.conversation and p.party = 'human' and p.seq > q.requested
    group by q.conversation, q.seq, q.ts
), sentiment as (
    select h.conversation, h.seq,
        sum(s.score) filter (s.seq < h.seq) as before, count(*) filter (s.seq < h.seq) as n_before,
        sum(s.score) filter (s.seq > h.seq) as after, count(*) filter (s.seq > h.seq) as n_after
    from handoff h join score s using (conversation) group by h.conversation, h.seq
), fields as (
    select conversation, seq, cast(data -> 'expected_fields' as varchar[]) as expected,
        len(list_intersect(cast(data -> 'context_fields' as varchar[]), expected)) as received
    from handoff
)
select h.conversation, h.seq, h.ts,
    case when len(f.expected) > 0 then 40000000 * f.received // len(f.expected) end as context,
    20000000 * ((seconds(600) - w.wait) // 1000000) // 540000 as speed,
    case when g.any_filled then if(g.again, 0, 20000000) end as memory,
    if(exists (select 1 from transfer t where t.conversation = h.conversation
        and t.seq > h.seq and t.seq < h.next_seq), 0, 10000000) as transfers,
    case when s.n_before > 0 and s.n_after > 0
        then if(s.after * s.n_before >= s.before * s.n_after, 10000000, 0) end as mood
from handoff h
left join fields f using (conversation, seq)
left join waited w using (conversation, seq)
left join asked_again g using (conversation, seq)
left join sentiment s using (conversation, seq);

-- What can not be known drops out and the rest is rescaled to 100.
create view trial_handoff_quality as
select 'handoff_quality' as metric, conversation, seq, ts,
    (coalesce(context, 0) + coalesce(speed, 0) + coalesce(memory, 0) + transfers + coalesce(mood, 0)) * 100
        // (10 + if(context is null, 0, 40) + if(speed is null, 0, 20) + if(memory is null, 0, 20)
            + if(mood is null, 0, 10)) as numerator, 1 as denominator, null as extra
from handoff_part;
