-- Queues: abandonment, service level, speed of answer.

-- The entry that a leaving ends: the latest to the same queue not yet left.
create view leaving as
select l.conversation, l.seq, l.ts, l.queue, l.outcome, e.ts as entered
from event l
left join lateral (
    select max_by(e.ts, e.seq) as ts from event e
    where e.conversation = l.conversation and e.type = 'queue.entered' and e.queue = l.queue and e.seq < l.seq
        and e.seq > coalesce((select max(p.seq) from event p where p.conversation = l.conversation
            and p.type = 'queue.left' and p.queue = l.queue and p.seq < l.seq), 0)
) e on true
where l.type = 'queue.left';

create view trial_queueing as
select 'abandonment_rate' as metric, conversation, seq, ts, (outcome = 'abandoned')::int as numerator,
    1 as denominator, null as extra
from leaving where outcome in ('answered', 'abandoned')
union all
select 'service_level', conversation, seq, ts,
    coalesce(outcome = 'answered'
        and ts - entered <= seconds(setting_at('service_level_seconds', queue, ts)), false)::int, 1, null
from leaving where outcome in ('answered', 'abandoned')
union all
select 'speed_of_answer', conversation, seq, ts, greatest(ts - entered, 0) // 1000, 1, null
from leaving where outcome = 'answered' and entered is not null;
