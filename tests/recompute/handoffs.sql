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
    exists (select 1 from event f where f.conversation = h.conversation and f.type = 'slot.filled') as any_filled
from handoff h;

create view trial_repeat_yourself as
select 'repeat_yourself_rate' as metric, h.conversation, h.seq, h.ts, a.again::int as numerator, 1 as denominator, null as extra
from handoff h join asked_again a using (conversation, seq);
