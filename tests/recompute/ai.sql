-- The AI agent's scorecard.

create table ai_turn as
select *, row_number() over w as nth, lead(seq) over w as next_seq, lead(seq, 2) over w as after_next,
    lead(outcome) over w as next_outcome
from event where type = 'ai.responded'
window w as (partition by conversation order by seq);

create view trial_ai_turn as
with turn as (
    select *, cast(data ->> 'latency_ms' as decimal(18, 6)) as latency,
        cast(data ->> 'cost_usd' as decimal(18, 6)) as cost,
        cast(data ->> 'input_tokens' as bigint) as input, cast(data ->> 'output_tokens' as bigint) as output
    from ai_turn
)
select 'ai_error_rate' as metric, conversation, seq, ts,
    (outcome = 'failed' or data ->> 'error_type' is not null)::int as numerator, 1 as denominator, null as extra
from turn
union all
select 'fallback_rate', conversation, seq, ts, (outcome = 'fallback')::int, 1, null from turn
union all
select 'ai_latency', conversation, seq, ts, (latency * 1000000)::bigint, 1, null from turn where latency is not null
union all
select 'ai_cost', conversation, seq, ts, (cost * 1000000)::bigint, null, null from turn where cost is not null
union all
select 'ai_tokens', conversation, seq, ts, (coalesce(input, 0) + coalesce(output, 0)) * 1000000, null, null
from turn where input is not null or output is not null
union all
select 'ai_confidence', conversation, seq, ts, (confidence * 1000000)::bigint, 1, null
from turn where confidence is not null
union all
select 'ai_confidence_bins', conversation, seq, ts, 1, null, least(floor(confidence * 10), 9)::int::varchar
from turn where confidence is not null
union all
select 'low_confidence_rate', conversation, seq, ts,
    (confidence < setting_at('low_confidence', '', ts))::int, 1, null
from turn where confidence is not null
union all
select 'escalation_recall', t.conversation, t.seq, t.ts,
    (t.outcome = 'clarified' or coalesce(t.next_outcome = 'clarified', false) or exists (
        select 1 from event h where h.conversation = t.conversation and h.type = 'handoff.requested'
            and h.seq > t.seq and h.seq < coalesce(t.after_next, 1000000000)))::int, 1, null
from turn t where t.confidence < setting_at('low_confidence', '', t.ts);

-- What tells of an AI response that it was bad: within 7 days after it.
create view complaint as
select conversation, seq, ts, 'evaluation' as kind from event
where type = 'evaluation.recorded' and data ->> 'name' = 'answer_correct' and data ->> 'label' = 'fail'
union all
select conversation, seq, ts, 'feedback' from answer
where (kind = 'thumb' and score <= 0) or (kind = 'csat' and score / max <= 0.4)
union all
select conversation, seq, ts, 'reopened' from event where type = 'conversation.reopened'
union all
select conversation, seq, ts, 'request' from event where type = 'handoff.requested' and actor = 'customer';

-- An evaluation speaks of the latest response before it.
create table judged_turn as
select t.conversation, t.seq, t.ts, t.confidence, exists (
    select 1 from complaint c where c.conversation = t.conversation and c.seq > t.seq
        and c.ts <= t.ts + days(7)
        and (c.kind <> 'evaluation' or t.next_seq is null or c.seq < t.next_seq)) as bad
from ai_turn t where t.confidence is not null;

create view trial_false_confidence as
select 'false_confidence_rate' as metric, conversation, seq, ts, bad::int as numerator, 1 as denominator, null as extra
from judged_turn where confidence >= 0.8;

-- Runs of AI turns with one intent and none answered, or with one text; each counts once, at its third.
create view trial_stuck as
with turns as (
    select conversation, seq, ts, nth, intent, outcome = 'answered' as answered,
        nullif(trim(regexp_replace(lower(data ->> 'text'), '[^\p{L}\p{N}]+', ' ', 'g')), '') as said
    from ai_turn
), breaks as (
    select *,
        coalesce(answered or intent is distinct from lag(intent) over w or lag(answered) over w, true) as unlike,
        coalesce(said is distinct from lag(said) over w or said is null, true) as new_text
    from turns window w as (partition by conversation order by seq)
), runs as (
    select *, sum(unlike::int) over w as intent_run, sum(new_text::int) over w as text_run
    from breaks window w as (partition by conversation order by seq)
), nths as (
    select *, row_number() over (partition by conversation, intent_run order by seq) as nth_of_intent,
        row_number() over (partition by conversation, text_run order by seq) as nth_of_text
    from runs
)
select 'stuck_conversations' as metric, conversation, seq, ts, 1 as numerator, null as denominator, null as extra
from nths where (nth_of_intent = 3 and not answered and intent is not null) or nth_of_text = 3;
