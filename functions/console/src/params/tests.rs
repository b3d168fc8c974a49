use super::*;

const KNOWN: &[&str] = &["from", "to", "step", "by", "where", "tz"];

fn refused(refusal: &Refusal) -> &str {
    match refusal {
        Refusal::Bad { field, .. } => field,
        other => panic!("not a bad parameter: {other:?}"),
    }
}

/// Parses all of a metric's query; gives the selection, or the field that is wrong.
fn read(metric: &str, query: &str) -> Result<Selection, String> {
    let read = || {
        let params = Params::parse(Some(query), KNOWN)?;
        let selection =
            params.selection(Metric::parse(metric).unwrap(), |agent| format!("#{agent}"))?;
        steps(params.range(10 * DAY)?, params.number("step")?, &params.zone()?)?;
        Ok(selection)
    };
    read().map_err(|refusal: Refusal| refused(&refusal).to_owned())
}

#[test]
fn a_wrong_parameter_is_named() {
    for (query, field) in [
        ("colour=red", "colour"),
        ("from=yesterday", "from"),
        ("from=1970-01-05", "from"),
        ("from=1970-01-05T00:00Z", "from"),
        ("from=1970-01-05T00:00:00%2B25:00", "from"),
        ("from=1970-01-05T00:00:é", "from"),
        ("to=1970-01-05T00:00:00Z&from=1970-01-05T00:00:00Z", "to"),
        ("from=1970-01-20T00:00:00Z", "to"),
        ("step=61", "step"),
        ("step=-60", "step"),
        ("step=1.5", "step"),
        ("step=60&step=60", "step"),
        ("from=0001-01-01T00:00:00Z&step=60", "step"),
        ("by=mood", "by"),
        ("by=currency", "by"),
        ("where=channel", "where"),
        ("where=mood:good", "where"),
        ("tz=Atlantis/Centre", "tz"),
    ] {
        assert_eq!(read("contacts", query), Err(field.to_owned()), "{query}");
    }
}

#[test]
fn values_of_one_dimension_are_alternatives() {
    let query = "where=channel:chat&where=channel:voice&where=queue:a:b&by=queue&by=queue";
    let selection = read("contacts", query).unwrap();
    assert_eq!(selection.by, [Dimension::Queue]);
    assert_eq!(
        selection.only,
        [
            (Dimension::Channel, vec!["chat".to_owned(), "voice".to_owned()]),
            (Dimension::Queue, vec!["a:b".to_owned()]),
        ]
    );
}

#[test]
fn a_metrics_own_dimension_is_cut_and_narrowed_apart() {
    let selection = read("backlog", "by=age_band&where=age_band:older").unwrap();
    assert!(selection.by_extra && selection.by.is_empty() && selection.only.is_empty());
    assert_eq!(selection.only_extra, ["older"]);
}

#[test]
fn an_agent_is_asked_for_by_its_stored_value() {
    let selection = read("csat", "where=agent:bo").unwrap();
    assert_eq!(selection.only, [(Dimension::Agent, vec!["#bo".to_owned()])]);
}

#[test]
fn without_a_range_the_day_up_to_now_is_meant() {
    let at = |query| Params::parse(Some(query), KNOWN).unwrap().range(10 * DAY).unwrap();
    let day = |day: i64| minute::timestamp(day * DAY);
    let next = |day: i64| minute::timestamp(day * DAY + minute::MINUTE);
    assert_eq!(at(""), (next(9), next(10)));
    assert_eq!(at("to=1970-01-06T01:00:00+01:00"), (day(4), day(5)));
    assert_eq!(at("to=1970-01-06 01:00:00 01:00"), (day(4), day(5)));
    assert_eq!(at("to=1970-01-06T01%3A00%3A00%2B01%3A00"), (day(4), day(5)));
}

#[test]
fn any_year_that_can_be_written_is_taken_and_the_future_is_not_cut_into_steps() {
    for query in [
        "from=1970-01-10T00:00:00Z&to=9999-12-31T23:59:59Z",
        "from=1970-01-10T00:00:00Z&to=9999-12-31T23:59:59Z&step=60",
        "from=0000-01-01T00:00:00Z&to=9999-12-31T23:59:59Z",
        "from=9999-01-01T00:00:00Z&to=9999-12-31T23:59:59Z",
    ] {
        assert!(read("contacts", query).is_ok(), "{query}");
    }
}
