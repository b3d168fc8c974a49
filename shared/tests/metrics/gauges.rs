use tocsin_domain::{
    dimension::Dimension,
    metric::Metric::{Backlog, QueueBalance, QueueLength, SilentConversations},
};

use super::notation::{check, counted, counted_by};

#[test]
fn a_conversation_ages_through_the_bands_until_it_closes() {
    let counted = counted("0s message.added author=ai\n70m conversation.ended");
    assert_eq!(
        counted.by_own(Backlog),
        "0m <15m +1, 15m <15m -1, 15m <1h +1, 60m <1h -1, 60m <4h +1, 70m <4h -1"
    );
}

#[test]
fn a_conversation_is_open_from_its_start_whatever_closed_before_it() {
    check(
        "0s conversation.ended
         1m message.added author=customer
         5m conversation.resolved",
        &[(Backlog, "1m +1, 5m -1"), (SilentConversations, "3m +1, 5m -1")],
    );
    // The announced start counts, and silence from then on.
    let counted = counted(
        "0s message.added author=customer
         1m conversation.resolved
         2m conversation.started",
    );
    assert!(counted.total(Backlog).starts_with("2m +1"));
    assert!(counted.total(Backlog).ends_with("20162m -1"));
}

#[test]
fn a_reopened_conversation_is_as_old_as_its_start_and_in_the_queue_where_it_is_now() {
    let counted = counted(
        "0s queue.entered queue=a
         5m transfer.completed to_queue=b
         6m conversation.resolved
         30m conversation.reopened
         90m conversation.resolved",
    );
    assert_eq!(
        counted.by_own(Backlog),
        "0m <15m +1, 6m <15m -1, 30m <1h +1, 60m <1h -1, 60m <4h +1, 90m <4h -1"
    );
    let by_queue = "0m a +1, 6m a -1, 30m b +1, 90m b -1";
    assert_eq!(counted.by(Backlog, Dimension::Queue), by_queue);
}

#[test]
fn an_unanswered_message_turns_silent_after_what_is_set_for_its_channel() {
    check(
        "0s message.added author=customer channel=chat
         1m message.added author=customer
         5m message.added author=ai
         6m message.added author=customer
         7m message.added author=human",
        &[(SilentConversations, "2m +1, 5m -1")],
    );
    let settings = "
versions:
  - silent_minutes: { email: 60 }";
    for (channel, expected) in [("email", "60m +1, 90m -1"), ("chat", "2m +1, 90m -1")] {
        let log = format!(
            "0s message.added author=customer channel={channel}
             90m conversation.ended"
        );
        assert_eq!(counted_by(settings, &log).total(SilentConversations), expected);
    }
    // A private note answers nobody; a closed conversation is not silent, reopened it is again.
    check(
        "0s message.added author=customer
         1m message.added author=human visibility=private
         4m conversation.resolved
         8m conversation.reopened
         9m ai.responded outcome=answered",
        &[(SilentConversations, "2m +1, 4m -1, 8m +1, 9m -1")],
    );
}

#[test]
fn an_entry_never_left_leaves_at_the_conversations_end_or_after_twelve_hours() {
    check("0s queue.entered queue=a\n1d conversation.ended", &[(QueueLength, "0m +1, 1440m -1")]);
    check("0s queue.entered queue=a", &[(QueueLength, "0m +1, 720m -1")]);
    check("0s queue.entered queue=a\n1m conversation.resolved", &[(QueueLength, "0m +1, 720m -1")]);
    check(
        "0s queue.entered queue=a\n2m queue.left queue=a outcome=overflow",
        &[(QueueLength, "0m +1, 2m -1")],
    );
}

#[test]
fn an_entry_balances_where_it_was_left_or_the_conversation_ended() {
    for (then, expected) in [
        ("", "0m 0/1"),
        ("3m queue.left queue=a outcome=abandoned", "0m 1/1"),
        ("3m queue.left queue=b outcome=answered", "0m 0/1"),
        ("1d conversation.ended", "0m 1/1"),
        ("3m conversation.resolved", "0m 0/1"),
        // Silence is no sign that anybody left.
        ("20d message.added author=customer", "0m 0/1"),
    ] {
        check(&format!("0s queue.entered queue=a\n{then}"), &[(QueueBalance, expected)]);
    }
    let counted = counted("0s queue.entered queue=a source=/x\n1m queue.entered queue=b source=/y");
    assert_eq!(counted.by(QueueBalance, Dimension::Source), "0m /x 0/1, 1m /x 0/1");
}
