//! `console`: only wiring. What is answered is in `lib.rs`.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use http::StatusCode;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tocsin_console::{Console, issuer::Issuer, signin::SignIn, token::Expected};
use tocsin_domain::rule::DEFAULT_RULES;
use tocsin_shell::{
    audit::Refusals, clock::Clock, config::Environment, http as shapes, random::Random, secret,
    store::Store, telemetry,
};
use tokio::task::spawn_blocking;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let environment = Environment::of_process();
    let (tables, secret_id) = (environment.tables(), environment.text("MASTER_SECRET_ARN"));
    let (issuer, audience) = (environment.text("OIDC_ISSUER"), environment.text("OIDC_AUDIENCE"));
    let (claims, address) = (environment.text("OIDC_CLAIMS"), environment.text("CONSOLE_URL"));
    // The issuer's client reads the certificates of all authorities, which takes a while.
    let issuer = spawn_blocking(|| Issuer::new(Expected { issuer, audience, claims }));
    let sdk = environment.sdk();
    environment.complete()?;
    let issuer = async {
        let issuer = issuer.await??;
        issuer.described(false).await;
        Ok::<_, Error>(issuer)
    };
    let (store, vault, issuer) =
        tokio::join!(Store::open(&sdk, tables), secret::read(&sdk, &secret_id), issuer);
    let (store, vault, issuer) = (store?, vault?, issuer?);
    let sign_in = Some(SignIn { issuer, address, random: Random::System });
    let unsaved_rules = DEFAULT_RULES.to_owned();
    let refusals = Refusals::default();
    let console = &Console { store, vault, unsaved_rules, links: &[], sign_in, refusals };
    let clock = &Clock::Wall;

    run(service_fn(|event: LambdaEvent<ApiGatewayV2httpRequest>| async move {
        let Some(request) = shapes::from_gateway(event.payload) else {
            let answer = shapes::problem(StatusCode::BAD_REQUEST, None, "not a request");
            return Ok::<_, Error>(shapes::to_gateway(answer));
        };
        let now = clock.now();
        let identity = console.identity(request.headers(), now).await;
        let identity = identity.as_ref().map_err(|why| *why);
        Ok(shapes::to_gateway(console.handle(&request, identity, now).await))
    }))
    .await
}
