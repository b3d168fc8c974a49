-- Configuration: the version in force at the time of the event that decides.
-- `given(begins, name, key, value)` holds settings.json, one row for each number.

create table setting as
with versions as (
    select begins, epoch_ns(begins::timestamp_ns) as since,
        lead(since, 1, 9223372036854775807) over (order by since) as until
    from (select distinct begins from given)
)
select * from versions join given using (begins);

create macro setting_at(wanted, wanted_key, moment) as (
    select coalesce(max(s.value) filter (s.key = wanted_key), max(s.value) filter (s.key = 'default'))
    from setting s
    where s.name = wanted and moment >= s.since and moment < s.until
);
