-- Events and conversations (events.md): identity, order, the 30 days' split, ends by silence.
-- Times and durations are nanoseconds, times since the Unix epoch.

create macro seconds(n) as (n * 1e9::double)::bigint;
create macro days(n) as n::bigint * 86400000000000;

create table rank as select * from (values
    ('conversation.started', 1), ('intent.detected', 2), ('queue.entered', 3), ('queue.left', 4),
    ('handoff.accepted', 5), ('agent.connected', 6), ('message.added', 7), ('ai.responded', 8),
    ('slot.asked', 9), ('slot.filled', 9), ('sentiment.scored', 10), ('handoff.requested', 11),
    ('transfer.completed', 12), ('agent.disconnected', 13), ('agent.wrapped_up', 14),
    ('conversation.resolved', 15), ('conversation.ended', 16), ('conversation.reopened', 17),
    ('feedback.received', 18), ('evaluation.recorded', 19), ('conversation.valued', 20),
    ('record.snapshot', 21)
) as t (type, rank);

-- The same identity twice is one event; where the content differs, the greater hash of it wins.
-- `hashed` holds the hashes of all contents of an identity that came with more than one.
create table stored as
with delivered as (
    select distinct source, subject, id, type, time, data::varchar as data from raw
)
select d.source, d.subject, d.id, substr(d.type, 4) as type, d.time, d.data::json as data,
    epoch_ns(d.time::timestamp_ns) as ts
from delivered d left join hashed h using (time, type, data)
qualify row_number() over (partition by d.source, d.subject, d.id order by h.hash desc) = 1;

create view newest as select max(ts) as ts from stored;

-- The order of a conversation's events. In rank 7 the customer's messages stand before the others.
create view ordered as
select s.*, r.rank,
    case when s.type = 'message.added' and s.data ->> 'author' <> 'customer' then 1 else 0 end as turn,
    substr(sha256(s.source || chr(0) || s.id), 1, 16) as tie
from stored s join rank r using (type)
where s.subject is not null;

-- More than 30 days between two events of a subject: a new conversation begins.
create view parted as
with gaps as (
    select *, ts - lag(ts) over (partition by subject order by ts, rank, turn, tie) as gap from ordered
)
select *, subject || '#' || sum(case when gap > days(30) then 1 else 0 end)
    over (partition by subject order by ts, rank, turn, tie) as conversation
from gaps;

-- Silence: the first 14 days without an event since the last opening, if nothing closed it before.
-- What has neither a start nor what stands for one was never opened.
create view silence as
with openings as (
    select *,
        lead(ts) over w as next_at,
        sum(case when type = 'conversation.reopened' then 1 else 0 end) over w as opening,
        bool_or(type in ('conversation.started', 'conversation.reopened', 'message.added', 'ai.responded',
            'queue.entered', 'agent.connected')) over w as opened
    from parted
    window w as (partition by conversation order by ts, rank, turn, tie)
), closings as (
    select *, sum(case when type in ('conversation.resolved', 'conversation.ended') then 1 else 0 end)
        over (partition by conversation, opening order by ts, rank, turn, tie) as closings
    from openings
)
select conversation, min(ts) + days(14) as ts, arg_min(source, ts) as source
from closings
where opened and closings = 0 and (next_at is null or next_at - ts > days(14))
group by conversation, opening;

create table event as
with whole as (
    select conversation, ts, rank, turn, tie, type, source, data, false as silent from parted
    union all by name
    select conversation, ts, 16 as rank, 0 as turn, '' as tie, 'conversation.ended' as type, source,
        '{"reason": "timed_out"}'::json as data, true as silent
    from silence
)
select conversation, row_number() over w as seq, ts, type, source, data, silent,
    data ->> 'agent' as agent, data ->> 'queue' as queue, data ->> 'intent' as intent,
    data ->> 'outcome' as outcome, data ->> 'author' as author, data ->> 'by' as actor,
    data ->> 'reason' as reason, data ->> 'slot' as slot,
    cast(data ->> 'confidence' as decimal(9, 6)) as confidence
from whole
window w as (partition by conversation order by ts, rank, turn, tie);

-- Without a start, a conversation starts at its first message, AI response, entry or connection.
create table start as
select conversation, arg_min(seq, (type <> 'conversation.started', seq)) as seq,
    arg_min(ts, (type <> 'conversation.started', seq)) as ts
from event
where type in ('conversation.started', 'message.added', 'ai.responded', 'queue.entered', 'agent.connected')
group by conversation;
