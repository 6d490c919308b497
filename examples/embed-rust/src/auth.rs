//! The Authorization field, from what the guest gives.

use crate::bindings::types::{Authorization, Failure, FailureCode, Phase};
use crate::failure::failure;

/// The field's value.
///
/// # Errors
///
/// `invalid-request` for a token or credentials that cannot be written; `auth-unavailable` for OAuth, of which this host
/// has no connections.
pub fn value(authorization: &Authorization) -> Result<String, Failure> {
    match authorization {
        Authorization::Bearer(token) => {
            let visible = |c| matches!(c, '!'..='~' | '\u{80}'..='\u{ff}');
            if token.is_empty() || !token.chars().all(visible) {
                return Err(invalid(
                    "auth.bearer is empty or holds a space, a control character or one above U+00FF",
                ));
            }
            Ok(format!("Bearer {token}"))
        }
        Authorization::Basic(credentials) => {
            if credentials.user.contains(':') {
                return Err(invalid(
                    "auth.basic.user holds a colon, which would end the user name (RFC 7617)",
                ));
            }
            if [&credentials.user, &credentials.password]
                .iter()
                .any(|text| text.contains(char::is_control))
            {
                return Err(invalid(
                    "auth.basic holds a control character, which RFC 7617 does not allow",
                ));
            }
            let pair = format!("{}:{}", credentials.user, credentials.password);
            Ok(format!("Basic {}", base64(pair.as_bytes())))
        }
        Authorization::Oauth(_) => Err(failure(
            FailureCode::AuthUnavailable,
            Phase::Auth,
            "auth.oauth has no token: this hook is no route of a connector that declares connection.oauth",
        )),
    }
}

fn invalid(message: &str) -> Failure {
    failure(FailureCode::InvalidRequest, Phase::Auth, message)
}

/// Base64 of RFC 4648, section 4.
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            if i <= chunk.len() {
                text.push(ALPHABET[(group >> (18 - 6 * i)) as usize & 63].into());
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::types::{BasicCredentials, OauthOptions};

    fn basic(user: &str, password: &str) -> Authorization {
        Authorization::Basic(BasicCredentials {
            user: user.to_owned(),
            password: password.to_owned(),
        })
    }

    #[test]
    fn credentials_are_written_as_their_schemes_say() {
        assert_eq!(value(&Authorization::Bearer("a.b".to_owned())).unwrap(), "Bearer a.b");
        assert_eq!(
            value(&basic("Aladdin", "open sesame")).unwrap(),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        );
        assert_eq!(value(&basic("é", "")).unwrap(), "Basic w6k6");
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        for authorization in [
            Authorization::Bearer(String::new()),
            Authorization::Bearer("a b".to_owned()),
            Authorization::Bearer("a\u{100}".to_owned()),
            basic("a:b", "c"),
            basic("a", "b\n"),
        ] {
            assert_eq!(value(&authorization).unwrap_err().code, FailureCode::InvalidRequest);
        }
        let oauth = Authorization::Oauth(OauthOptions { min_ttl: None });
        assert_eq!(value(&oauth).unwrap_err().code, FailureCode::AuthUnavailable);
    }
}
