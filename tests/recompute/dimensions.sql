-- The dimensions in force at each event (events.md, "Dimensions of a contribution").

-- First known in the conversation.
create table lasting as
select conversation,
    first(data ->> 'channel' order by seq) filter (data ->> 'channel' is not null) as channel,
    first(data ->> 'language' order by seq) filter (data ->> 'language' is not null) as language,
    first(data ->> 'segment' order by seq) filter (data ->> 'segment' is not null) as segment,
    first(data ->> 'region' order by seq) filter (data ->> 'region' is not null) as region,
    first(data ->> 'use_case' order by seq) filter (data ->> 'use_case' is not null) as use_case,
    first(source order by seq) as source
from event group by conversation;

-- What an event sets for itself and the following ones.
create view setting_event as
select conversation, seq,
    case when type in ('intent.detected', 'ai.responded') then intent end as intent,
    case when type = 'transfer.completed' then coalesce(data ->> 'to_queue', queue)
        when type <> 'queue.left' then queue end as queue,
    case when type = 'queue.left' then queue end as own_queue,
    case when type = 'ai.responded' then data ->> 'model_version' end as model_version,
    case when type = 'ai.responded' then data ->> 'prompt_version' end as prompt_version,
    case when type = 'ai.responded' then data ->> 'kb_version' end as kb_version
from event;

-- In force at the event, else the first one known later.
create view in_force as
select conversation, seq,
    coalesce(last_value(intent ignore nulls) over past, first_value(intent ignore nulls) over future) as intent,
    coalesce(own_queue, last_value(queue ignore nulls) over past, first_value(queue ignore nulls) over future) as queue,
    coalesce(last_value(model_version ignore nulls) over past,
        first_value(model_version ignore nulls) over future) as model_version,
    coalesce(last_value(prompt_version ignore nulls) over past,
        first_value(prompt_version ignore nulls) over future) as prompt_version,
    coalesce(last_value(kb_version ignore nulls) over past,
        first_value(kb_version ignore nulls) over future) as kb_version
from setting_event
window past as (partition by conversation order by seq rows between unbounded preceding and current row),
    future as (partition by conversation order by seq rows between current row and unbounded following);

-- An agent's connection, until that agent disconnects.
create table connection as
select c.conversation, c.seq, c.ts, c.agent, c.data ->> 'team' as team, min(d.seq) as until
from event c
left join event d on d.conversation = c.conversation and d.type = 'agent.disconnected'
    and d.agent = c.agent and d.seq > c.seq
where c.type = 'agent.connected'
group by all;

-- The agent whom the event names, else the latest connected, else the latest disconnected.
create view serving as
with connected as (
    select e.conversation, e.seq, arg_max(c.agent, c.seq) as agent
    from event e join connection c
        on c.conversation = e.conversation and c.seq <= e.seq and (c.until is null or c.until > e.seq)
    group by all
), disconnected as (
    select conversation, seq, last_value(case when type = 'agent.disconnected' then agent end ignore nulls)
        over (partition by conversation order by seq) as agent
    from event
)
select e.conversation, e.seq, coalesce(e.agent, c.agent, d.agent) as agent
from event e
left join connected c using (conversation, seq)
left join disconnected d using (conversation, seq);

create table context as
select s.conversation, s.seq, l.channel, f.queue, f.intent, f.model_version, f.prompt_version, f.kb_version,
    s.agent, c.team, l.language, l.segment, l.region, l.use_case, l.source
from serving s
join in_force f using (conversation, seq)
join lasting l using (conversation)
asof left join connection c
    on c.conversation = s.conversation and c.agent = s.agent and c.seq <= s.seq;
