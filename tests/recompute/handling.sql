-- Handling: agents' legs and what they cost.

-- A leg ends at a disconnection. A wrap-up belongs to that agent's latest leg.
create table leg as
with legs as (
    select d.conversation, d.seq, d.ts, d.agent,
        coalesce(
            (cast(d.data ->> 'talk_seconds' as decimal(18, 6))
                + coalesce(cast(d.data ->> 'hold_seconds' as decimal(18, 6)), 0)) * 1000000,
            (select greatest(d.ts - max_by(c.ts, c.seq), 0) // 1000 from connection c
             where c.conversation = d.conversation and c.agent = d.agent and c.until = d.seq
             having count(*) > 0)
        ) as handled,
        lead(d.seq, 1, 1000000000) over (partition by d.conversation, d.agent order by d.seq) as next_seq
    from event d where d.type = 'agent.disconnected'
)
select l.conversation, l.seq, l.ts, l.agent, cast(l.handled
    + coalesce(sum(cast(w.data ->> 'after_contact_seconds' as decimal(18, 6))) * 1000000, 0) as bigint) as handled
from legs l
left join event w on w.conversation = l.conversation and w.type = 'agent.wrapped_up' and w.agent = l.agent
    and w.seq > l.seq and w.seq < l.next_seq
where l.handled is not null
group by l.conversation, l.seq, l.ts, l.agent, l.handled;

create view trial_handling as
select 'agent_handle_time' as metric, conversation, seq, ts, handled as numerator, 1 as denominator, null as extra
from leg
union all
select 'handle_time', conversation, max(seq), arg_max(ts, seq), sum(handled)::bigint, 1, null
from leg group by conversation
union all
select 'contact_cost', conversation, seq, ts,
    (handled * (setting_at('agent_minute_usd', '', ts) * 1000000)::bigint + 30000000) // 60000000, null, null
from leg
union all
select 'contact_cost', conversation, seq, ts,
    (cast(data ->> 'cost_usd' as decimal(18, 6)) * 1000000)::bigint, null, null
from event where type = 'ai.responded' and data ->> 'cost_usd' is not null;
