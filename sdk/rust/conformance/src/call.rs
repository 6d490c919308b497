use serde::Deserialize;
use serde_json::Value;

/// One step of a case.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Call {
    pub method: String,
    pub url: String,
    pub body: Option<CallBody>,
    pub options: CallOptions,
    pub secret: Option<String>,
    pub sleep: Option<u64>,
    pub now: Option<bool>,
    pub random: Option<u32>,
    pub log: Option<Line>,
    pub trap: Option<String>,
    pub spin: Option<bool>,
    pub grow: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CallBody {
    Json(String),
    Text(String),
    Bytes(String),
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CallOptions {
    pub headers: Vec<(String, String)>,
    pub body: Option<CallBody>,
    pub auth: Option<CallAuth>,
    pub timeout: Option<u64>,
    pub response_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CallAuth {
    Bearer(String),
    Basic {
        user: String,
        pass: String,
    },
    #[serde(rename_all = "camelCase")]
    Oauth {
        min_ttl_seconds: Option<u64>,
    },
}

#[derive(Deserialize)]
pub struct Line {
    pub level: String,
    pub message: String,
    #[serde(default)]
    pub fields: Value,
}
