-- Evaluations. One without a label is no trial of a pass ratio.

create view trial_evaluation as
with evaluation as (
    select conversation, seq, ts, data ->> 'name' as name, data ->> 'label' as label,
        cast(data ->> 'score' as decimal(9, 6)) as score, coalesce(data ->> 'evaluator', 'unknown') as evaluator,
        data ->> 'about' as about
    from event where type = 'evaluation.recorded'
), pass_ratio as (
    select * from (values ('intent_correct', 'intent_accuracy'), ('answer_correct', 'answer_accuracy'),
        ('brand_safe', 'brand_safety'), ('policy_adherence', 'policy_adherence')) as t (name, metric)
)
select p.metric, e.conversation, e.seq, e.ts, (e.label = 'pass')::int as numerator, 1 as denominator,
    e.evaluator as extra
from evaluation e join pass_ratio p using (name) where e.label is not null
union all
select name, conversation, seq, ts, (score * 1000000)::bigint, 1, null
from evaluation where name in ('tone', 'empathy') and about = 'human' and score is not null;
