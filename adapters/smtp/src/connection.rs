//! Opening connections: to where, how encrypted, and as whom.

use crate::{
    line::Line,
    server::{Encryption, Server},
    smtp::BadCertificate,
};
use backstop_application::ports::{PortError, PortResult};
use lettre::transport::smtp::{
    authentication::{Credentials, Mechanism},
    client::AsyncSmtpConnection,
    commands::{Ehlo, Starttls},
    extension::ClientId,
};
use std::{fmt::Display, io, net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};

/// More than any server says before the encryption begins.
const LONGEST_GREETING: u64 = 64 * 1024;

pub(crate) struct Connector {
    server: Server,
    tls: TlsConnector,
}

impl Connector {
    /// Certificates are checked against the roots that browsers trust, and these of the operator's own.
    pub(crate) fn new(server: Server, own_roots: Option<&[u8]>) -> Result<Self, BadCertificate> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(pem) = own_roots {
            let before = roots.len();
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|_| BadCertificate("it can't be read"))?;
                roots.add(certificate).map_err(|_| BadCertificate("it is no certificate of an authority"))?;
            }
            if roots.len() == before {
                return Err(BadCertificate("there is no certificate in it"));
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| BadCertificate("this machine can't encrypt"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { server, tls: TlsConnector::from(Arc::new(config)) })
    }

    /// A connection that is ready for mails.
    pub(crate) async fn open(&self) -> PortResult<AsyncSmtpConnection> {
        let line = self.line().await?;
        let hello = ClientId::default();
        let greeted = AsyncSmtpConnection::connect_with_transport(Box::new(line), &hello).await;
        let mut connection = greeted.map_err(|error| unavailable("the mail server turned us away", error))?;
        if let Some(login) = &self.server.login {
            let credentials = Credentials::new(login.user.clone(), login.password.reveal().to_owned());
            let logged_in = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await;
            // What the server says of a login may repeat it.
            logged_in.map_err(|error| match error.status() {
                Some(code) => PortError::unavailable(format!("the mail server refused our login ({code})")),
                None => PortError::unavailable("the login at the mail server failed"),
            })?;
        }
        Ok(connection)
    }

    async fn line(&self) -> PortResult<Line> {
        let Server { host, port, encryption, .. } = &self.server;
        let connect = async {
            let tcp = TcpStream::connect((host.as_str(), *port)).await?;
            // A mail is a few small writes; none should wait for the answer to another.
            tcp.set_nodelay(true)?;
            tcp.peer_addr().map(|peer| (tcp, peer))
        };
        let (tcp, peer) = connect.await.map_err(|error| unavailable("the mail server can't be reached", error))?;
        match encryption {
            Encryption::None => Ok(Line::new(peer, tcp)),
            Encryption::Implicit => Ok(Line::new(peer, self.encrypt(tcp).await?)),
            Encryption::Required => self.start_tls(tcp, peer, true).await,
            Encryption::Opportunistic => self.start_tls(tcp, peer, false).await,
        }
    }

    async fn start_tls(&self, tcp: TcpStream, peer: SocketAddr, is_required: bool) -> PortResult<Line> {
        let failed = |error| unavailable("the mail server hung up before the encryption began", error);
        let mut plain = BufReader::new(tcp);
        let refused = || PortError::unavailable("the mail server turned us away before the encryption began");
        if reply(&mut plain).await.map_err(failed)?.0 != 220 {
            return Err(refused());
        }
        let (code, offers) = ask(&mut plain, Ehlo::new(ClientId::default())).await.map_err(failed)?;
        let is_offered = code == 250 && offers.iter().any(|offer| offer.trim().eq_ignore_ascii_case("STARTTLS"));
        if !is_offered {
            return if is_required {
                Err(PortError::unavailable("the mail server does not offer STARTTLS, and mails must be encrypted"))
            } else {
                Ok(Line::greeted(peer, plain.into_inner()))
            };
        }
        if ask(&mut plain, Starttls).await.map_err(failed)?.0 != 220 {
            return Err(refused());
        }
        // Whatever is here already was not encrypted, and somebody in between may have put it there.
        if !plain.buffer().is_empty() {
            return Err(PortError::unavailable("somebody spoke for the mail server before the encryption began"));
        }
        Ok(Line::greeted(peer, self.encrypt(plain.into_inner()).await?))
    }

    async fn encrypt(&self, tcp: TcpStream) -> PortResult<TlsStream<TcpStream>> {
        let failed = |error| unavailable("the connection to the mail server can't be encrypted", error);
        let name = ServerName::try_from(self.server.host.clone()).map_err(|e| failed(io::Error::other(e)))?;
        self.tls.connect(name, tcp).await.map_err(failed)
    }
}

fn unavailable(what: &str, error: impl std::error::Error + Send + Sync + 'static) -> PortError {
    PortError::unavailable(format!("{what}: {error}")).because(error)
}

async fn ask(plain: &mut BufReader<TcpStream>, command: impl Display) -> io::Result<(u16, Vec<String>)> {
    plain.get_mut().write_all(command.to_string().as_bytes()).await?;
    reply(plain).await
}

/// The code and the lines of an answer.
async fn reply(plain: &mut BufReader<TcpStream>) -> io::Result<(u16, Vec<String>)> {
    let mut lines = Vec::new();
    let mut bounded = plain.take(LONGEST_GREETING);
    loop {
        let mut line = String::new();
        if bounded.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let code = line.get(..3).and_then(|code| code.parse().ok());
        let code = code.ok_or_else(|| io::Error::other("what it says is no SMTP"))?;
        lines.push(line.get(4..).unwrap_or_default().to_owned());
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok((code, lines));
        }
    }
}
