//! An issuer of OIDC tokens that does what it says: it describes itself, gives codes to whoever asks as
//! it wants to be asked, and a token for a code to whoever has the verifier of its challenge.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use axum::{
    Json, Router,
    body::Body,
    extract::{Query, Request, State},
    middleware::{self, Next},
    response::Response,
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use jsonwebtoken::{
    Algorithm, EncodingKey, Header, encode,
    jwk::{Jwk, JwkSet},
};
use serde_json::{Value, json};
use tocsin_domain::minute::SECOND;
use tokio::net::TcpListener;

/// By which the issuer knows the console.
pub(crate) const CLIENT: &str = "console";

type Pairs = Query<BTreeMap<String, String>>;

/// What a code was given for.
struct Given {
    challenge: String,
    callback: String,
    nonce: String,
}

/// The issuer, and what a test has it do otherwise.
pub(crate) struct Issuer {
    pub(crate) url: String,
    /// Where it leads people back to, and nowhere else.
    pub(crate) callback: Mutex<String>,
    /// Claims of the next token in place of its usual; `null` takes one away.
    pub(crate) claims: Mutex<Value>,
    /// Why it gives the next person no code.
    pub(crate) refuses: Mutex<Option<String>>,
    /// Whether another's key signs.
    pub(crate) signs_as_another: AtomicBool,
    /// Whether it fails whatever it is asked.
    pub(crate) is_down: AtomicBool,
    /// Whatever nobody but whom it was told may know.
    pub(crate) secrets: Mutex<Vec<String>>,
    now: Arc<AtomicI64>,
    codes: Mutex<HashMap<String, Given>>,
    signers: [EncodingKey; 2],
    keys: JwkSet,
}

fn key() -> EncodingKey {
    let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    EncodingKey::from_ec_der(pair.unwrap().as_ref())
}

impl Issuer {
    /// One that runs by this clock.
    pub(crate) async fn start(now: Arc<AtomicI64>) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let signers = [key(), key()];
        let mut public = Jwk::from_encoding_key(&signers[0], Algorithm::ES256).unwrap();
        public.common.key_id = Some("one".to_owned());
        let issuer = Arc::new(Self {
            url,
            callback: Mutex::default(),
            claims: Mutex::new(json!({})),
            refuses: Mutex::default(),
            signs_as_another: AtomicBool::default(),
            is_down: AtomicBool::default(),
            secrets: Mutex::default(),
            now,
            codes: Mutex::default(),
            signers,
            keys: JwkSet { keys: vec![public] },
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/keys", get(async |State(issuer): State<Arc<Self>>| Json(issuer.keys.clone())))
            .route("/authorize", get(authorize))
            .route("/token", post(exchange))
            .layer(middleware::from_fn_with_state(Arc::clone(&issuer), fail))
            .with_state(Arc::clone(&issuer));
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        issuer
    }

    /// A token as of now, with this nonce.
    pub(crate) fn token(&self, nonce: Option<&str>) -> String {
        let seconds = self.now.load(Ordering::SeqCst) / SECOND;
        let mut claims = json!({
            "iss": self.url, "aud": CLIENT, "sub": "ann-1", "exp": seconds + 3600, "name": "Ann Lee",
            "nonce": nonce, "tocsin_tenant": "acme", "tocsin_role": "operations",
        });
        let changed = claims.as_object_mut().unwrap();
        changed.extend(self.claims.lock().unwrap().as_object().unwrap().clone());
        changed.retain(|_, value| !value.is_null());
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some("one".to_owned());
        let signer = &self.signers[usize::from(self.signs_as_another.load(Ordering::SeqCst))];
        encode(&header, &claims, signer).unwrap()
    }

    /// A code for whoever asked this.
    fn give(&self, asked: &BTreeMap<String, String>, callback: &str) -> String {
        let given = Given {
            challenge: asked["code_challenge"].clone(),
            callback: callback.to_owned(),
            nonce: asked["nonce"].clone(),
        };
        let code = self.keep(&format!("code-{}", uuid()));
        self.codes.lock().unwrap().insert(code.clone(), given);
        code
    }

    /// Takes note of what must stay between the issuer and whom it tells.
    fn keep(&self, secret: &str) -> String {
        self.secrets.lock().unwrap().push(secret.to_owned());
        secret.to_owned()
    }
}

async fn fail(State(issuer): State<Arc<Issuer>>, request: Request, next: Next) -> Response {
    if !issuer.is_down.load(Ordering::SeqCst) {
        return next.run(request).await;
    }
    Response::builder().status(StatusCode::BAD_GATEWAY).body(Body::empty()).unwrap()
}

async fn describe(State(issuer): State<Arc<Issuer>>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", issuer.url);
    Json(json!({
        "issuer": issuer.url, "jwks_uri": at("/keys"), "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"), "end_session_endpoint": at("/logout"),
    }))
}

fn refused(error: &str) -> Response {
    let body = Body::from(json!({ "error": error, "error_description": "as told" }).to_string());
    Response::builder().status(StatusCode::BAD_REQUEST).body(body).unwrap()
}

/// Knows everybody, and leads them back at once.
async fn authorize(State(issuer): State<Arc<Issuer>>, Query(asked): Pairs) -> Response {
    let callback = issuer.callback.lock().unwrap().clone();
    for (name, wanted) in [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", callback.as_str()),
        ("scope", "openid profile"),
        ("code_challenge_method", "S256"),
    ] {
        if asked.get(name).is_none_or(|given| given != wanted) {
            return refused("invalid_request");
        }
    }
    let refuses = issuer.refuses.lock().unwrap().take();
    let told =
        refuses.map_or_else(|| ("code", issuer.give(&asked, &callback)), |error| ("error", error));
    let back = form_urlencoded::Serializer::for_suffix(format!("{callback}?"), callback.len() + 1)
        .append_pair(told.0, &told.1)
        .append_pair("state", &asked["state"])
        .append_pair("iss", &issuer.url)
        .finish();
    Response::builder()
        .status(StatusCode::FOUND)
        .header("location", back)
        .body(Body::empty())
        .unwrap()
}

/// A token for a code, once.
async fn exchange(State(issuer): State<Arc<Issuer>>, form: String) -> Response {
    let form: BTreeMap<String, String> =
        form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    let Some(given) = issuer.codes.lock().unwrap().remove(&form["code"]) else {
        return refused("invalid_grant");
    };
    let verifier = issuer.keep(&form["code_verifier"]);
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    let is_ours = form["grant_type"] == "authorization_code"
        && form["client_id"] == CLIENT
        && form["redirect_uri"] == given.callback
        && challenge == given.challenge;
    if !is_ours {
        return refused("invalid_grant");
    }
    let token = issuer.keep(&issuer.token(Some(&given.nonce)));
    let access = issuer.keep(&format!("access-{}", uuid()));
    let body = json!({ "id_token": token, "access_token": access, "token_type": "Bearer" });
    Response::new(Body::from(body.to_string()))
}

/// What nobody guesses.
fn uuid() -> String {
    let mut bits = [0; 16];
    aws_lc_rs::rand::fill(&mut bits).unwrap();
    URL_SAFE_NO_PAD.encode(bits)
}
