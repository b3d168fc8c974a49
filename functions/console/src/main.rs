//! `console`: only wiring. What is answered is in `lib.rs`.

use aws_config::BehaviorVersion;
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use http::StatusCode;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tocsin_console::{Console, Identity, rights::Role};
use tocsin_domain::{id::TenantId, rule::DEFAULT_RULES};
use tocsin_shell::{clock::Clock, config::Config, http as shapes, store::Store, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let config = Config::from_env()?;
    let sdk = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let tables = aws_sdk_dynamodb::Client::new(&sdk);
    let store = Store::new(tables, config.state_table, config.text_table, config.retention);
    store.warm().await?;
    let (vault, unsaved_rules) = (config.vault, DEFAULT_RULES.to_owned());
    let console = &Console { store, vault, unsaved_rules, links: &[] };
    let clock = &Clock::Wall;

    run(service_fn(|event: LambdaEvent<ApiGatewayV2httpRequest>| async move {
        let identity = identity(&event.payload);
        let answer = match shapes::from_gateway(event.payload) {
            Some(request) => console.handle(&request, identity.as_ref(), clock.now()).await,
            None => shapes::problem(StatusCode::BAD_REQUEST, None, "not a request"),
        };
        Ok::<_, Error>(shapes::to_gateway(answer))
    }))
    .await
}

/// Who asks, by the claims of a token that the gateway's authorizer has verified.
fn identity(event: &ApiGatewayV2httpRequest) -> Option<Identity> {
    let claims = &event.request_context.authorizer.as_ref()?.jwt.as_ref()?.claims;
    let claim = |name: &str| claims.get(name).filter(|value| !value.is_empty());
    let teams = claim("tocsin_teams").map_or("", String::as_str).split(',');
    Some(Identity {
        tenant: TenantId::try_from(claim("tocsin_tenant")?.clone()).ok()?,
        role: Role::parse(claim("tocsin_role")?)?,
        agent: claim("tocsin_agent").cloned(),
        teams: teams.map(str::trim).filter(|team| !team.is_empty()).map(str::to_owned).collect(),
    })
}
