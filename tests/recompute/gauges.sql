-- Levels (metrics.md, "Gauges are flows"): from when to when a conversation adds one to a gauge.
-- In minutes since the epoch: a level counts from its first minute, and no longer in its last.

create macro minute(moment) as moment // 60000000000;

create view band as select * from (values
    ('<15m', 0, 900), ('<1h', 900, 3600), ('<4h', 3600, 14400), ('<24h', 14400, 86400), ('older', 86400, 1000000000)
) as t (name, from_second, to_second);

-- An entry to a queue, until it is left, the conversation ends, or 12 hours have passed.
create view queued as
with entry as (
    select e.conversation, e.seq, e.ts, e.queue,
        (select min_by(l.ts, l.seq) from leaving l where l.conversation = e.conversation and l.queue = e.queue
            and l.seq > e.seq and l.entered = e.ts) as left_at,
        (select min_by(c.ts, c.seq) from event c where c.conversation = e.conversation
            and c.type = 'conversation.ended' and c.seq > e.seq) as ended_at
    from event e where e.type = 'queue.entered'
)
select conversation, seq, ts as since, coalesce(left_at, least(ended_at, ts + seconds(12 * 3600)), ts + seconds(12 * 3600)) as until
from entry;

-- A customer's unanswered messages: from the oldest to the response.
create view unanswered as
with message as (
    select e.conversation, e.seq, e.ts,
        (select min(r.seq) from response r where r.conversation = e.conversation and r.seq > e.seq) as answer
    from event e where e.type = 'message.added' and e.author = 'customer'
)
select m.conversation, min(m.seq) as seq, min(m.ts) as since, r.ts as until
from message m left join event r on r.conversation = m.conversation and r.seq = m.answer
group by m.conversation, m.answer, r.ts;

create view level as
select 'queue_length' as metric, conversation, seq, since, until, null as extra from queued
union all
select 'backlog', o.conversation, o.seq, greatest(o.since, s.ts + seconds(b.from_second)),
    least(o.until, s.ts + seconds(b.to_second)), b.name
from open_span o join start s using (conversation) cross join band b
union all
select 'silent_conversations', u.conversation, u.seq,
    greatest(o.since, u.since + seconds(coalesce(setting_at('silent_minutes', l.channel, u.since), 2) * 60)),
    least(o.until, coalesce(u.until, o.until)), null
from unanswered u join open_span o using (conversation) join lasting l using (conversation)
union all
select 'sla_at_risk', c.conversation, c.seq, greatest(o.since, c.deadline - c.target // 4),
    least(o.until, c.deadline, c.met_at), null
from clock c join open_span o using (conversation);

create table flow as
with turn as (
    select metric, conversation, seq, extra, unnest([minute(since), minute(until)]) as minute, unnest([1, -1]) as change
    from level where until > since
)
select b.metric, coalesce(c.queue, 'unknown') as queue, coalesce(c.channel, 'unknown') as channel, b.extra, b.minute,
    sum(b.change) as change
from turn b join context c using (conversation, seq)
group by all;

-- What queues report, at the end of its minute: the latest by (time, source, id) of a minute.
create table observed as
select data ->> 'queue' as queue, minute(ts) as minute, cast(data ->> 'length' as bigint) as length,
    cast(data ->> 'agents_available' as bigint) as available, cast(data ->> 'agents_busy' as bigint) as busy
from stored where type = 'queue.observed'
qualify row_number() over (partition by data ->> 'queue', minute(ts) order by ts desc, source desc, id desc) = 1;

-- The last minute of each whole hour.
create table hour_end as
select unnest(range((select minute(min(ts)) // 60 from stored), (select minute(ts) // 60 from newest))) * 60 + 59 as minute;

create table conversation_gauge as
select f.metric, h.minute, f.queue, f.channel, f.extra, sum(f.change) as value
from hour_end h join flow f on f.minute <= h.minute and f.metric <> 'queue_length' group by all;

-- The queue's last report, and the flows in the minutes after it.
create table queue_gauge as
with anchor as (
    select h.minute, q.queue, o.minute as set_at, o.length
    from hour_end h cross join (select distinct queue from flow union select distinct queue from observed) q
    asof left join observed o on o.queue = q.queue and o.minute <= h.minute
)
select 'queue_length' as metric, a.minute, a.queue, coalesce(any_value(a.length), 0) + coalesce(sum(f.change), 0) as value
from anchor a
left join flow f on f.metric = 'queue_length' and f.queue = a.queue and f.minute <= a.minute
    and f.minute > coalesce(a.set_at, 0)
group by a.minute, a.queue;
