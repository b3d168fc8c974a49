-- Figures that follow from others: calibration, drift, disparity.

-- Responses by tenth of the confidence scale, in the context of each.
create view calibration as
select least(floor(j.confidence * 10), 9)::int as bin, j.confidence, (not j.bad)::int as good, c.*
from judged_turn j join context c using (conversation, seq);

-- The categories that drift is told from, by day.
create view category as
select case metric when 'contacts' then 'intent_drift' else 'confidence_drift' end as metric,
    ts // days(1) as day, case metric when 'contacts' then coalesce(intent, 'unknown') else extra end as name,
    count(*) as n
from trial_in_context where metric in ('contacts', 'ai_confidence_bins') group by all;

-- A day against the 28 before it: the 20 largest intents of those and a rest, all tenths of confidence.
create view drift as
with compared as (
    select d.metric, d.day, c.name, sum(c.n) filter (c.day < d.day) as before, sum(c.n) filter (c.day = d.day) as today
    from (select distinct metric, day from category) d
    join category c on c.metric = d.metric and c.day between d.day - 28 and d.day
    group by all
), grouped as (
    select metric, day, coalesce(sum(before), 0) as before, coalesce(sum(today), 0) as today
    from (select *, row_number() over (partition by metric, day order by coalesce(before, 0) desc, name) as nth
        from compared)
    group by metric, day, case when nth <= 20 and before > 0 or metric = 'confidence_drift' then name end
), shares as (
    select metric, day, sum(today) over w as n, sum(before) over w as n_before,
        greatest(today / sum(today) over w, 0.0001) as p, greatest(before / sum(before) over w, 0.0001) as q
    from grouped window w as (partition by metric, day)
)
select metric, strftime(make_timestamp(day * 86400000000), '%Y-%m-%dT%H:%M:%SZ') as day, any_value(n)::bigint as n,
    sum((p - q) * ln(p / q)) as value
from shares group by metric, shares.day having any_value(n) >= 200 and any_value(n_before) >= 200;

-- A rate where it is worst over where it is best, of the groups with at least 30 trials.
create view disparity as
with trials as (
    select metric, 'segment' as cut, segment as name, extra, numerator, denominator from trial_in_context
    union all select metric, 'language', language, extra, numerator, denominator from trial_in_context
), rate as (
    select metric, cut, extra, name, sum(numerator) / sum(denominator) as share, sum(denominator) as n
    from trials
    where metric in ('resolution_rate', 'escalation_rate', 'answer_accuracy') and name is not null
    group by all having sum(denominator) >= 30
), extremes as (
    select metric, cut, extra, min(share) as low, max(share) as high, min_by(n, (share, name)) as n_low,
        max_by(n, (share, name)) as n_high
    from rate group by all having count(*) >= 2
)
select cut, extra, metric, (n_low + n_high)::bigint as n,
    case metric when 'escalation_rate' then high / low else low / high end as value
from extremes where low > 0 and high > 0;
