//! Verified TLS connections to checked addresses.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::call::Call;
use super::connection::Connection;
use super::resolve::{Resolve, ResolveError, SystemResolver};
use crate::bindings::types::{Failure, FailureCode, Phase};
use crate::policy::address::special_range;
use crate::policy::allowlist::{Allowlist, ConfigError};
use crate::policy::url::CanonicalUrl;

/// How connections are made. [`Network::default`] is the real one; tests put their own in its place.
pub struct Network {
    /// How names become addresses.
    pub resolver: Box<dyn Resolve>,
    /// Where checked addresses are really reached; then no other one is.
    pub detours: Option<HashMap<SocketAddr, SocketAddr>>,
    /// PEM certificates of authorities to trust beside Mozilla's.
    pub authorities: Option<String>,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            resolver: Box::new(SystemResolver::default()),
            detours: None,
            authorities: None,
        }
    }
}

/// Makes one hook's connections.
pub struct Dialer {
    resolver: Box<dyn Resolve>,
    detours: Option<HashMap<SocketAddr, SocketAddr>>,
    tls: Arc<ClientConfig>,
}

impl Dialer {
    /// Each hook has its own, so that no TLS session of one is resumed by another.
    ///
    /// # Errors
    ///
    /// Where the authorities cannot be read.
    pub fn new(network: Network) -> Result<Self, ConfigError> {
        let mut roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        if let Some(pem) = &network.authorities {
            add_authorities(&mut roots, pem).map_err(|message| ConfigError {
                path: "ca".to_owned(),
                message,
            })?;
        }
        let mut tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has the default versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            resolver: network.resolver,
            detours: network.detours,
            tls: Arc::new(tls),
        })
    }

    /// Resolves once, refuses the host where any address is not public, tries the checked addresses in order and
    /// negotiates TLS in the host's name.
    pub(crate) fn dial(
        &self,
        url: &CanonicalUrl,
        allowlist: &Allowlist,
        call: &mut Call,
    ) -> Result<Connection, Failure> {
        call.phase = Phase::Dns;
        let addresses = self.resolve(url, allowlist, call)?;
        call.phase = Phase::Connect;
        let socket = self.connect(&addresses, call)?;
        call.phase = Phase::Tls;
        let name = ServerName::try_from(url.hostname.clone())
            .map_err(|error| call.fail_with(FailureCode::TlsError, "has no name that TLS can check", error))?;
        let tls = ClientConnection::new(self.tls.clone(), name)
            .map_err(|error| call.fail_with(FailureCode::TlsError, "failed the TLS handshake", error))?;
        let mut connection = Connection::new(socket, tls).map_err(|error| {
            call.fail_with(
                FailureCode::ConnectionError,
                "got no socket from this host",
                error.kind(),
            )
        })?;
        connection.handshake(call)?;
        Ok(connection)
    }

    fn resolve(&self, url: &CanonicalUrl, allowlist: &Allowlist, call: &Call) -> Result<Vec<SocketAddr>, Failure> {
        let found = self.resolver.resolve(&url.hostname, call.left()?);
        let addresses = found.map_err(|error| match error {
            ResolveError::TimedOut => call.timed_out(),
            ResolveError::NoAddress => call.fail(FailureCode::DnsError, UNKNOWN_NAME),
            ResolveError::Unavailable(error) => call.fail_with(FailureCode::DnsError, UNKNOWN_NAME, error.kind()),
        })?;
        if addresses.is_empty() {
            return Err(call.fail(FailureCode::DnsError, UNKNOWN_NAME));
        }
        let special = addresses.iter().find_map(|&address| special_range(address));
        if let Some(range) = special.filter(|_| !allowlist.is_internal(&url.hostname)) {
            let what = "has an address that is not public, and one such address refuses the host; a host inside the \
                        operator's network is listed in internalHosts";
            return Err(call.fail_with(FailureCode::AddressProhibited, what, range));
        }
        Ok(addresses
            .into_iter()
            .map(|address| SocketAddr::new(address, url.port))
            .collect())
    }

    /// An address that never answers may use up only its share of the time, while there are others.
    fn connect(&self, addresses: &[SocketAddr], call: &Call) -> Result<TcpStream, Failure> {
        let mut last = None;
        for (address, rest) in addresses.iter().zip((1u32..=addresses.len() as u32).rev()) {
            let share = (call.left()? / rest).max(Duration::from_millis(1));
            match self.connect_to(address, share) {
                Ok(socket) => return Ok(socket),
                Err(error) if error.get_ref().is_some_and(|inner| inner.is::<Strayed>()) => {
                    return Err(call.fail(
                        FailureCode::AddressProhibited,
                        "was reached at another address than the one that was checked",
                    ));
                }
                Err(error) => last = Some(error),
            }
        }
        call.left()?;
        let error = last.expect("there is an address");
        Err(match error.kind() {
            ErrorKind::TimedOut => call.timed_out(),
            ErrorKind::ConnectionRefused => {
                call.fail_with(FailureCode::ConnectionError, "refused the connection", error.kind())
            }
            kind => call.fail_with(FailureCode::ConnectionError, "cannot be reached from here", kind),
        })
    }

    fn connect_to(&self, address: &SocketAddr, within: Duration) -> io::Result<TcpStream> {
        let dialled = match &self.detours {
            None => address,
            Some(detours) => detours.get(address).ok_or(ErrorKind::ConnectionRefused)?,
        };
        let socket = TcpStream::connect_timeout(dialled, within)?;
        // Not one byte goes to an address that was not checked.
        if socket.peer_addr()? != *dialled {
            return Err(io::Error::other(Strayed));
        }
        Ok(socket)
    }
}

/// A connection that leads to another address than was dialled.
#[derive(Debug)]
struct Strayed;

impl std::fmt::Display for Strayed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("another address")
    }
}

impl std::error::Error for Strayed {}

const UNKNOWN_NAME: &str = "is a name without an address; check its spelling";

fn add_authorities(roots: &mut RootCertStore, pem: &str) -> Result<(), String> {
    let mut count = 0;
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|error| format!("a certificate that cannot be read: {error:?}"))?;
        roots
            .add(certificate)
            .map_err(|error| format!("a certificate that cannot be read: {error}"))?;
        count += 1;
    }
    if count == 0 {
        return Err("text without a certificate".to_owned());
    }
    Ok(())
}
