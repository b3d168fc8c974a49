-- All that is added up, each in the context of the event that it is dated by; nothing after now.

create table trial as
select * from trial_contacts
union all select * from trial_first_response
union all select * from trial_response_time
union all select * from trial_queueing
union all select * from trial_handling
union all select * from trial_decided
union all select * from trial_resolution_time
union all select * from trial_reopening
union all select * from trial_feedback
union all select * from trial_sentiment
union all select * from trial_revenue_at_risk
union all select * from trial_repeat
union all select * from trial_durable
union all select * from trial_containment
union all select * from trial_autonomy
union all select * from trial_ai_turn
union all select * from trial_false_confidence
union all select * from trial_stuck
union all select * from trial_evaluation
union all select * from trial_misroute
union all select * from trial_repeat_yourself
union all select * from trial_handoff_quality
union all select * from trial_sla
union all select * from trial_signal;

create view trial_in_context as
select t.metric, t.ts, t.numerator::hugeint as numerator, t.denominator, t.extra, c.*
from trial t join context c using (conversation, seq)
where t.ts <= (select ts from newest);
