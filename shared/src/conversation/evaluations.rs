//! What evaluators found, sent or derived from phrases: of the AI agent's answers, and of human
//! agents' conduct.

use super::contributions::Out;
use crate::{
    dimension::UNKNOWN,
    event::{About, Evaluation},
    metric::Metric,
    sums::Amount,
};

/// The evaluation of an answer's correctness, by its name on the wire.
pub(super) const ANSWER_CORRECT: &str = "answer_correct";

pub(super) fn contribute(out: &mut Out<'_>) {
    let timeline = out.timeline;
    for (index, event) in timeline.events.iter().enumerate() {
        for evaluation in event.kind.judgements() {
            match out.symbols.text(evaluation.name) {
                "intent_correct" => by_evaluator(out, index, Metric::IntentAccuracy, evaluation),
                ANSWER_CORRECT => by_evaluator(out, index, Metric::AnswerAccuracy, evaluation),
                "brand_safe" => passed(out, index, Metric::BrandSafety, evaluation),
                "policy_adherence" => passed(out, index, Metric::PolicyAdherence, evaluation),
                "tone" => of_human(out, index, Metric::Tone, evaluation),
                "empathy" => of_human(out, index, Metric::Empathy, evaluation),
                _ => {}
            }
        }
    }
}

/// Judgements of people and machines are kept apart. One without a label is no trial.
fn by_evaluator(out: &mut Out<'_>, index: usize, metric: Metric, evaluation: &Evaluation) {
    let Some(pass) = evaluation.pass else { return };
    let evaluator = evaluation.evaluator.map_or(UNKNOWN, |evaluator| out.symbols.text(evaluator));
    let evaluator = evaluator.to_owned();
    out.at_extra(index, metric, Amount::trial(pass), &evaluator);
}

fn passed(out: &mut Out<'_>, index: usize, metric: Metric, evaluation: &Evaluation) {
    if let Some(pass) = evaluation.pass {
        out.at(index, metric, Amount::trial(pass));
    }
}

fn of_human(out: &mut Out<'_>, index: usize, metric: Metric, evaluation: &Evaluation) {
    if let (Some(About::Human), Some(score)) = (evaluation.about, evaluation.score) {
        out.at(index, metric, Amount::value(i64::from(score)));
    }
}
