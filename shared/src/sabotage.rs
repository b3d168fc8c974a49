//! Deliberate faults, for the suite that must find them: switched on at run time, in test builds.
//!
//! Without the feature `sabotage`, [`is`] is the constant `false` and the faulty branch is not
//! compiled into anything. Only tests enable the feature (`tests/faults`).

/// A fault that somebody might build in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// Which of two contents of one identity wins is decided by their type alone.
    HashOfPartOfTheContent,
    /// Identity is the event's own id, without its source.
    IdentityWithoutSource,
    /// A delta's key is its minute.
    DeltaKeyWithoutContent,
    /// A segment's key is its hour, without the compaction that wrote it.
    SegmentKeyWithoutCompaction,
    /// What a conversation contributed before is not taken back.
    ContributionsNotTakenBack,
    /// A delta whose key lies before the last merged one is thought to be merged.
    CheckpointOverKeys,
    /// A reader leaves open deltas to the next compaction.
    ReaderSkipsOpenDeltas,
    /// A reader adds deltas that are merged and not deleted yet.
    ReaderAddsMergedDeltas,
    /// A reader takes whatever is in the tiers, committed or not.
    ReaderTakesUncommitted,
    /// Merged deltas are deleted before the head says that they are merged.
    DeleteBeforeCommit,
    /// The head does not name what it has merged.
    MergedNotNamed,
    /// A late bundle is folded and goes on counting.
    FoldedBundleCounts,
    /// A message is done though a group of its conversations could not be written.
    FailureSwallowed,
    /// Texts are written after the counting transaction.
    TextsAfterCounting,
    /// A transition is handed over when it happens, and never again.
    HandedOverOnce,
    /// A notification is marked as published before it is.
    MarkedBeforePublished,
    /// A claim is taken over whatever its age.
    ClaimTakenOverAtOnce,
    /// A group is of all cells, whatever whole they are parts of.
    GroupWithoutParent,
    /// A group is told of again at once.
    UpdatedAtOnce,
    /// Parts are told of though their whole fires.
    ToldThoughInhibited,
    /// Nobody looks at silences.
    ToldThoughSilenced,
    /// A silence's mark is never taken off.
    SilencedForGood,
    /// An escalation is published without a claim.
    EscalationNotClaimed,
    /// No pointer leads from the other hashes of a conversation to where it lives.
    PointersNotWritten,
    /// What is said in a conversation that was erased is kept where it comes late.
    TextOfErasedKept,
    /// A customer who was erased gets another random hash when they are erased again.
    ErasedMovedAgain,
    /// What has expired is read as long as it is not deleted.
    ExpiredStillRead,
}

#[cfg(feature = "sabotage")]
thread_local! {
    static ACTIVE: std::cell::Cell<Option<Sabotage>> = const { std::cell::Cell::new(None) };
}

/// Whether this thread is sabotaged so.
#[cfg(feature = "sabotage")]
pub fn is(fault: Sabotage) -> bool {
    ACTIVE.get() == Some(fault)
}

/// Whether this thread is sabotaged so: never, in a build that is not for tests.
#[cfg(not(feature = "sabotage"))]
pub const fn is(_: Sabotage) -> bool {
    false
}

/// Sabotages this thread, or stops it.
#[cfg(feature = "sabotage")]
pub fn set(fault: Option<Sabotage>) {
    ACTIVE.set(fault);
}
