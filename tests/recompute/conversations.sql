-- What all metrics of a conversation speak of (metrics.md, head): responses, involvement, first times.

create view response as
select e.conversation, e.seq, e.ts,
    case when e.type = 'ai.responded' or e.author = 'ai' then 'ai' else 'human' end as party
from event e join lasting l using (conversation)
where e.type = 'ai.responded'
    or (e.type = 'message.added' and e.author in ('ai', 'human')
        and coalesce(e.data ->> 'visibility', 'public') = 'public')
    or (e.type = 'agent.connected' and l.channel = 'voice');

-- A score of the customer's sentiment in a conversation, with the last three.
create table score as
with scored as (
    select conversation, seq, ts, cast(data ->> 'score' as decimal(9, 6)) as score
    from event
    where type = 'sentiment.scored' and coalesce(data ->> 'party', 'customer') = 'customer'
    union all
    select conversation, seq, ts, cast(data ->> 'sentiment' as decimal(9, 6))
    from event
    where type = 'message.added' and author = 'customer' and data ->> 'sentiment' is not null
)
select *, row_number() over w as nth,
    sum(score) over (partition by conversation order by seq rows between 2 preceding and current row) as sum_of_3
from scored
window w as (partition by conversation order by seq);

create view answer as
select conversation, seq, ts, data ->> 'kind' as kind, cast(data ->> 'score' as decimal(12, 6)) as score,
    cast(coalesce(data ->> 'max', case data ->> 'kind'
        when 'csat' then '5' when 'nps' then '10' when 'ces' then '7' else '1' end) as decimal(12, 6)) as max
from event where type = 'feedback.received';

-- The places of the events that decide trials; null where there is none.
create table mark as
select e.conversation,
    min(seq) filter (type = 'conversation.resolved') as resolved,
    min(seq) filter (type = 'conversation.ended') as ended,
    min(seq) filter (type in ('conversation.resolved', 'conversation.ended')) as closed,
    min(seq) filter (type = 'handoff.requested') as handoff,
    min(seq) filter (type = 'handoff.requested' and actor = 'customer') as request,
    min(seq) filter (type = 'transfer.completed') as transfer,
    min(seq) filter (type = 'ai.responded' or (type = 'message.added' and author = 'ai')) as ai,
    min(seq) filter (type = 'agent.connected') as connected,
    min(seq) filter (type = 'agent.connected' or (type = 'message.added' and author = 'human'
        and coalesce(data ->> 'visibility', 'public') = 'public')) as human
from event e group by e.conversation;

-- How a conversation stands at its end.
create table verdict as
select m.conversation,
    exists (from event e where e.conversation = m.conversation and e.type = 'conversation.ended'
        and e.reason = 'abandoned') as ended_abandoned,
    (select arg_max(outcome, seq) from event e where e.conversation = m.conversation
        and e.type = 'queue.left') = 'abandoned' as left_abandoned,
    exists (from event e where e.conversation = m.conversation and e.type = 'conversation.ended'
        and e.reason = 'error') as ended_error,
    (select arg_max(outcome, seq) from event e where e.conversation = m.conversation
        and e.type = 'ai.responded') in ('failed', 'fallback') as last_ai_failed,
    (select arg_max(sum_of_3 / least(nth, 3), seq) from score s where s.conversation = m.conversation)
        < -0.4 as negative,
    exists (from answer a where a.conversation = m.conversation and a.kind = 'csat'
        and a.score / a.max <= 0.4) as dissatisfied
from mark m;
