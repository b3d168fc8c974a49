use tocsin_domain::{
    dimension::Dimension,
    metric::Metric::{
        AiConfidence, AiConfidenceBins, AiCost, AiErrorRate, AiLatency, AiTokens, ContactCost,
        FallbackRate,
    },
};

use super::notation::{check, counted};

#[test]
fn each_response_says_how_it_came_out_how_sure_it_was_and_what_it_cost() {
    check(
        "0s ai.responded outcome=answered confidence=0.9 latency_ms=1200 cost_usd=0.002 input_tokens=300 output_tokens=40
         10s ai.responded outcome=fallback confidence=0.35 latency_ms=800
         1m ai.responded outcome=failed
         2m ai.responded outcome=answered error_type=timeout latency_ms=9000 confidence=1",
        &[
            (AiLatency, "0m 2000/2, 2m 9000/1"),
            (AiErrorRate, "0m 0/2, 1m 1/1, 2m 1/1"),
            (FallbackRate, "0m 1/2, 1m 0/1, 2m 0/1"),
            (AiConfidence, "0m 1.25/2, 2m 1/1"),
            (AiCost, "0m 0.002/1"),
            (ContactCost, "0m 0.002/1"),
            (AiTokens, "0m 340/1"),
        ],
    );
}

#[test]
fn confidence_falls_into_tenths_and_certainty_into_the_last() {
    let counted = counted(
        "0s ai.responded outcome=answered confidence=0 intent=a
         0s ai.responded outcome=answered confidence=0.1 intent=a
         0s ai.responded outcome=answered confidence=1 intent=b",
    );
    assert_eq!(counted.by_own(AiConfidenceBins), "0m 0 1, 0m 1 1, 0m 9 1");
    assert_eq!(counted.by(AiConfidence, Dimension::Intent), "0m a 0.1/2, 0m b 1/1");
}
