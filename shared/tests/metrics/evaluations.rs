use tocsin_domain::{
    dimension::Dimension,
    metric::Metric::{AnswerAccuracy, BrandSafety, Empathy, IntentAccuracy, PolicyAdherence, Tone},
};

use super::notation::{check, counted};

#[test]
fn accuracy_is_kept_apart_by_evaluator() {
    let counted = counted(
        "0s ai.responded outcome=answered intent=refund prompt_version=p1
         1m evaluation.recorded name=answer_correct label=pass evaluator=human
         1m evaluation.recorded name=answer_correct label=fail evaluator=llm
         2m evaluation.recorded name=answer_correct label=fail
         3m evaluation.recorded name=intent_correct label=fail evaluator=rule",
    );
    assert_eq!(counted.by_own(AnswerAccuracy), "1m human 1/1, 1m llm 0/1, 2m unknown 0/1");
    assert_eq!(counted.by_own(IntentAccuracy), "3m rule 0/1");
    assert_eq!(counted.by(IntentAccuracy, Dimension::PromptVersion), "3m p1 0/1");
}

#[test]
fn an_evaluation_without_a_label_is_no_trial() {
    check(
        "0s evaluation.recorded name=answer_correct score=0.9
         0s evaluation.recorded name=brand_safe score=0.1
         0s evaluation.recorded name=policy_adherence score=1",
        &[(AnswerAccuracy, ""), (BrandSafety, ""), (PolicyAdherence, "")],
    );
}

#[test]
fn safety_and_policy_count_each_item() {
    check(
        "0s evaluation.recorded name=brand_safe label=pass
         1m evaluation.recorded name=brand_safe label=fail severity=severe
         2m evaluation.recorded name=policy_adherence item=greeting label=pass
         2m evaluation.recorded name=policy_adherence item=identity label=fail",
        &[(BrandSafety, "0m 1/1, 1m 0/1"), (PolicyAdherence, "2m 1/2")],
    );
}

#[test]
fn tone_and_empathy_are_scores_about_a_human() {
    let counted = counted(
        "0s agent.connected agent=bo team=east
         1m evaluation.recorded name=tone score=0.75 about=human
         1m evaluation.recorded name=tone score=0.25 about=human agent=al
         1m evaluation.recorded name=tone score=0.1 about=ai
         1m evaluation.recorded name=tone score=0.1
         2m evaluation.recorded name=empathy label=pass about=human
         3m evaluation.recorded name=empathy label=fail score=0.5 about=human",
    );
    assert_eq!(counted.by(Tone, Dimension::Agent), "1m al 0.25/1, 1m bo 0.75/1");
    assert_eq!(counted.by(Tone, Dimension::Team), "1m east 0.75/1, 1m unknown 0.25/1");
    assert_eq!(counted.total(Empathy), "3m 0.5/1");
}
