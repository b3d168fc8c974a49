//! Tokens against an issuer on the loopback interface: whose hold, and whose do not.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use axum::{Json, Router, routing::get};
use http::{HeaderMap, header};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header, encode,
    jwk::{Jwk, JwkSet},
};
use serde_json::{Value, json};
use tocsin_console::{Identity, issuer::Issuer, rights::Role, token::Expected};
use tocsin_domain::audit::Why;
use tokio::net::TcpListener;

const NOW: i64 = 1_767_607_200;
const AUDIENCE: &str = "console";

/// A key pair of the issuer's, or of whoever would be.
struct Signer {
    key: EncodingKey,
    public: Jwk,
}

impl Signer {
    fn new(id: &str) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let key = EncodingKey::from_ec_der(pair.as_ref());
        let mut public = Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap();
        public.common.key_id = Some(id.to_owned());
        Self { key, public }
    }

    fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.kid.clone_from(&self.public.common.key_id);
        encode(&header, claims, &self.key).unwrap()
    }
}

/// An issuer, its address, and how often its keys were asked for.
struct World {
    signer: Signer,
    issuer: Issuer,
    url: String,
    asked: Arc<AtomicUsize>,
}

impl World {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let signer = Signer::new("one");
        let asked = Arc::new(AtomicUsize::new(0));
        let described = json!({"issuer": url, "jwks_uri": format!("{url}/keys")});
        let (keys, counted) = (JwkSet { keys: vec![signer.public.clone()] }, Arc::clone(&asked));
        let answer_keys = move || {
            counted.fetch_add(1, Ordering::SeqCst);
            let keys = keys.clone();
            async move { Json(keys) }
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(async || Json(described)))
            .route("/keys", get(answer_keys));
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        let expected = Expected {
            issuer: url.clone(),
            audience: AUDIENCE.to_owned(),
            claims: "tocsin_".to_owned(),
        };
        Self { signer, issuer: Issuer::new(expected).unwrap(), url, asked }
    }

    /// What a good token says, with these claims instead; `null` takes one away.
    fn claims(&self, other: &Value) -> Value {
        let mut claims = json!({
            "iss": self.url, "aud": AUDIENCE, "exp": NOW + 600,
            "tocsin_tenant": "acme", "tocsin_role": "team_lead",
            "tocsin_teams": ["north", "south"], "tocsin_agent": "bo",
        });
        let changed = claims.as_object_mut().unwrap();
        for (name, value) in other.as_object().unwrap() {
            changed.insert(name.clone(), value.clone());
        }
        changed.retain(|_, value| !value.is_null());
        claims
    }

    async fn identity(&self, authorization: Option<&str>) -> Result<Identity, Why> {
        let value = authorization.map(|value| (header::AUTHORIZATION, value.parse().unwrap()));
        self.issuer.identity(&HeaderMap::from_iter(value), NOW * 1_000_000_000).await
    }

    async fn with(&self, other: Value) -> Result<Identity, Why> {
        let token = self.signer.sign(&self.claims(&other));
        self.identity(Some(&format!("Bearer {token}"))).await
    }
}

#[tokio::test]
async fn a_good_token_tells_who_asks() {
    let identity = World::new().await.with(json!({})).await.unwrap();
    assert_eq!(identity.tenant.as_str(), "acme");
    assert_eq!(identity.role, Role::TeamLead);
    assert_eq!(identity.teams, ["north", "south"]);
    assert_eq!(identity.agent.as_deref(), Some("bo"));
}

#[tokio::test]
async fn claims_are_taken_as_issuers_write_them() {
    let world = World::new().await;
    let teams = world.with(json!({"tocsin_teams": "north, south,"})).await.unwrap().teams;
    assert_eq!(teams, ["north", "south"]);
    let bare = world.with(json!({"tocsin_teams": null, "tocsin_agent": null})).await.unwrap();
    assert!(bare.teams.is_empty() && bare.agent.is_none());
    assert!(world.with(json!({"aud": ["other", AUDIENCE]})).await.is_ok());
    assert!(world.with(json!({"exp": NOW - 30})).await.is_ok(), "clocks differ");
}

#[tokio::test]
async fn claims_of_a_pool_of_cognitos_count_where_they_are_expected_and_nowhere_else() {
    let world = World::new().await;
    let custom = json!({
        "tocsin_tenant": null, "tocsin_role": null, "tocsin_teams": null, "tocsin_agent": null,
        "custom:tocsin_tenant": "acme", "custom:tocsin_role": "team_lead",
        "custom:tocsin_teams": "north,south", "custom:tocsin_agent": "bo", "name": " Bo \u{7}Berg ",
    });
    assert!(world.with(custom.clone()).await.is_err(), "another issuer's");
    let mut own = World::new().await;
    let expected = |url: &str, audience: &str| Expected {
        issuer: url.to_owned(),
        audience: audience.to_owned(),
        claims: "custom:tocsin_".to_owned(),
    };
    own.issuer = Issuer::new(expected(&own.url, AUDIENCE)).unwrap();
    let identity = own.with(custom).await.unwrap();
    assert_eq!((identity.tenant.as_str(), identity.role), ("acme", Role::TeamLead));
    assert_eq!(identity.teams, ["north", "south"]);
    assert_eq!(identity.agent.as_deref(), Some("bo"));
    assert_eq!(identity.name.as_deref(), Some("Bo Berg"));
    assert!(own.with(json!({})).await.is_err(), "what the pool's administrator did not write");
}

#[tokio::test]
async fn a_token_that_does_not_hold_tells_nobody() {
    let world = World::new().await;
    for (wrong, why) in [
        (json!({"aud": "another console"}), Why::WrongAudience),
        (json!({"aud": null}), Why::MalformedToken),
        (json!({"iss": "https://other.example"}), Why::WrongIssuer),
        (json!({"iss": null}), Why::MalformedToken),
        (json!({"exp": NOW - 61}), Why::Expired),
        (json!({"exp": null}), Why::MalformedToken),
        (json!({"nbf": NOW + 61}), Why::Expired),
        (json!({"tocsin_tenant": null}), Why::NoTenant),
        (json!({"tocsin_tenant": "Acme#"}), Why::NoTenant),
        (json!({"tocsin_tenant": ["acme"]}), Why::NoTenant),
        (json!({"tocsin_role": null}), Why::NoRole),
        (json!({"tocsin_role": "root"}), Why::NoRole),
        (json!({"tocsin_teams": ["north", 7]}), Why::MalformedToken),
        (json!({"tocsin_teams": 7}), Why::MalformedToken),
        (json!({"tocsin_agent": ["bo"]}), Why::MalformedToken),
    ] {
        assert_eq!(world.with(wrong.clone()).await.err(), Some(why), "{wrong}");
    }
}

#[tokio::test]
async fn only_a_signature_by_the_issuers_own_key_counts() {
    let world = World::new().await;
    let claims = world.claims(&json!({}));
    let bearer = |token: &str| format!("Bearer {token}");
    let good = world.signer.sign(&claims);
    assert!(world.identity(Some(&format!("bearer  {good}"))).await.is_ok());
    let why = async |authorization: &str| world.identity(Some(authorization)).await.err();
    assert_eq!(world.identity(None).await.err(), Some(Why::NoToken));
    assert_eq!(why(&format!("Basic {good}")).await, Some(Why::NoToken));
    assert_eq!(why("Bearer x").await, Some(Why::MalformedToken));
    let same_name = Signer::new("one").sign(&claims);
    assert_eq!(why(&bearer(&same_name)).await, Some(Why::BadSignature), "another's key");
    // Whoever can read the public key can use it as a shared secret.
    let public = serde_json::to_vec(&world.signer.public).unwrap();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("one".to_owned());
    let shared = encode(&header, &claims, &EncodingKey::from_secret(&public)).unwrap();
    assert_eq!(why(&bearer(&shared)).await, Some(Why::BadSignature), "a shared secret");
    let parts: Vec<&str> = good.split('.').collect();
    let unsigned = format!("eyJhbGciOiJub25lIiwia2lkIjoib25lIn0.{}.", parts[1]);
    assert_eq!(why(&bearer(&unsigned)).await, Some(Why::MalformedToken), "no signature");
}

#[tokio::test]
async fn made_up_keys_do_not_make_us_ask_the_issuer_each_time() {
    let world = World::new().await;
    assert!(world.with(json!({})).await.is_ok());
    let foreign = Signer::new("two").sign(&world.claims(&json!({})));
    for _ in 0..5 {
        let refused = world.identity(Some(&format!("Bearer {foreign}"))).await;
        assert_eq!(refused.err(), Some(Why::UnknownSigner));
    }
    assert!(world.with(json!({})).await.is_ok(), "the known key still counts");
    assert_eq!(world.asked.load(Ordering::SeqCst), 1);
}
