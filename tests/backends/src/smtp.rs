//! A mail server within the process: it keeps what it gets, and does what the local part of a receiver says.
//!
//! | receiver begins with | what happens |
//! |---|---|
//! | `refuse-` | 550 when it is named |
//! | `spam-` | 554 after the mail, which is quoted |
//! | `quote-` | 554 after the mail, of which the beginning of the text is quoted |
//! | `later-` | 451 when it is named |
//! | `drop-` | the connection ends when the mail begins |
//! | `lose-` | the mail is kept, and the connection ends before that is said |
//! | `hang-` | no answer, ever |

use crate::ReadMail;
use anyhow::{Context as _, Result};
use mail_parser::decoders::base64::base64_decode;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinSet,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer},
    },
};

/// How connections to a sink are encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SmtpSinkTls {
    #[default]
    None,
    StartTls,
    Implicit,
}

#[derive(Clone, Debug, Default)]
pub struct SmtpSinkOptions {
    pub tls: SmtpSinkTls,
    /// User and password, without which no mail is taken.
    pub login: Option<(String, String)>,
    /// What it says instead of its greeting.
    pub greeting: Option<&'static str>,
    /// What somebody in between says right after STARTTLS was granted, in the clear.
    pub injected: Option<&'static str>,
    /// What it says to the sender of a mail.
    pub sender_answer: Option<&'static str>,
}

/// A mail that a sink got.
#[derive(Clone, Debug)]
pub struct Received {
    pub from: String,
    pub to: Vec<String>,
    pub data: Vec<u8>,
    pub is_encrypted: bool,
    pub is_logged_in: bool,
}

/// A mail server that is gone with the value.
pub struct SmtpSink {
    address: SocketAddr,
    certificate: String,
    state: Arc<State>,
    _serving: JoinSet<()>,
}

struct State {
    options: SmtpSinkOptions,
    acceptor: TlsAcceptor,
    received: Mutex<Vec<Received>>,
    connections: AtomicUsize,
}

impl SmtpSink {
    pub async fn start(options: SmtpSinkOptions) -> Result<Self> {
        let (certificate, state) = prepare(options)?;
        Self::serving(TcpListener::bind(("127.0.0.1", 0)).await?, certificate, state)
    }

    /// One that is down until it is opened.
    pub fn closed(options: SmtpSinkOptions) -> Result<ClosedSmtpSink> {
        let (certificate, state) = prepare(options)?;
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        Ok(ClosedSmtpSink { address: socket.local_addr()?, certificate, state, socket })
    }

    fn serving(listener: TcpListener, certificate: String, state: Arc<State>) -> Result<Self> {
        let address = listener.local_addr()?;
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, Arc::clone(&state)));
        Ok(Self { address, certificate, state, _serving: serving })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate, in PEM, of a server called `localhost`.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// What it got so far, in order.
    pub fn received(&self) -> Vec<Received> {
        self.state.received.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// How many connections were made to it.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::Relaxed)
    }
}

/// A mail server that is down: its place is taken, and whoever connects is turned away.
pub struct ClosedSmtpSink {
    address: SocketAddr,
    certificate: String,
    state: Arc<State>,
    socket: TcpSocket,
}

impl ClosedSmtpSink {
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// As [`SmtpSink::certificate`] says.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// From now on it is there.
    pub fn open(self) -> Result<SmtpSink> {
        SmtpSink::serving(self.socket.listen(128)?, self.certificate, self.state)
    }
}

fn prepare(options: SmtpSinkOptions) -> Result<(String, Arc<State>)> {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).context("no certificate")?;
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).map_err(anyhow::Error::msg)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(own.cert.der().to_vec())], key)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let state = State { options, acceptor, received: Mutex::default(), connections: AtomicUsize::new(0) };
    Ok((own.cert.pem(), Arc::new(state)))
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    let mut talks = JoinSet::new();
    while let Ok((tcp, _)) = listener.accept().await {
        state.connections.fetch_add(1, Ordering::Relaxed);
        let state = Arc::clone(&state);
        // Whoever hangs up in the middle is no concern of the others.
        talks.spawn(async move { drop(welcome(tcp, &state).await) });
    }
}

async fn welcome(tcp: TcpStream, state: &State) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    if state.options.tls == SmtpSinkTls::Implicit {
        let stream = state.acceptor.accept(tcp).await?;
        return Talk::new(stream, state, true).run(true).await.map(drop);
    }
    let Some(plain) = Talk::new(tcp, state, false).run(true).await? else { return Ok(()) };
    let stream = state.acceptor.accept(plain).await?;
    Talk::new(stream, state, true).run(false).await.map(drop)
}

struct Talk<'s, S> {
    stream: BufReader<S>,
    state: &'s State,
    is_encrypted: bool,
    is_logged_in: bool,
    from: String,
    to: Vec<String>,
}

/// What comes after a command.
enum Next {
    Goes,
    Ends,
    Encrypts,
}

impl<'s, S: AsyncRead + AsyncWrite + Unpin> Talk<'s, S> {
    fn new(stream: S, state: &'s State, is_encrypted: bool) -> Self {
        let is_logged_in = state.options.login.is_none();
        Self { stream: BufReader::new(stream), state, is_encrypted, is_logged_in, from: String::new(), to: Vec::new() }
    }

    /// Talks until the end, or until the encryption begins on the stream that is given back.
    async fn run(mut self, greets: bool) -> io::Result<Option<S>> {
        if greets {
            let greeting = self.state.options.greeting.unwrap_or("220 sink ESMTP");
            self.say(greeting).await?;
        }
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).await? == 0 {
                return Ok(None);
            }
            match self.obey(line.trim_end()).await? {
                Next::Goes => {}
                Next::Ends => return Ok(None),
                Next::Encrypts => return Ok(Some(self.stream.into_inner())),
            }
        }
    }

    async fn say(&mut self, line: &str) -> io::Result<()> {
        self.stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await?;
        self.stream.get_mut().flush().await
    }

    async fn obey(&mut self, line: &str) -> io::Result<Next> {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        match verb.as_str() {
            "EHLO" => self.greet().await?,
            "STARTTLS" => {
                let injected = self.state.options.injected.map(|text| format!("\r\n{text}")).unwrap_or_default();
                self.say(&format!("220 go ahead{injected}")).await?;
                return Ok(Next::Encrypts);
            }
            "AUTH" => self.log_in(line).await?,
            "MAIL" if !self.is_logged_in => self.say("530 5.7.0 log in first").await?,
            "MAIL" => {
                self.from = between(line);
                self.to.clear();
                let answer = self.state.options.sender_answer.unwrap_or("250 ok");
                self.say(answer).await?;
            }
            "RCPT" => self.receiver(between(line)).await?,
            "DATA" => return self.data().await,
            "NOOP" | "RSET" => self.say("250 ok").await?,
            "QUIT" => {
                self.say("221 bye").await?;
                return Ok(Next::Ends);
            }
            _ => self.say("500 what").await?,
        }
        Ok(Next::Goes)
    }

    async fn greet(&mut self) -> io::Result<()> {
        let mut offers = vec!["sink", "8BITMIME", "SMTPUTF8"];
        if self.state.options.tls == SmtpSinkTls::StartTls && !self.is_encrypted {
            offers.push("STARTTLS");
        }
        if self.state.options.login.is_some() {
            offers.push("AUTH PLAIN");
        }
        let last = offers.pop().unwrap_or_default();
        for offer in offers {
            self.say(&format!("250-{offer}")).await?;
        }
        self.say(&format!("250 {last}")).await
    }

    async fn log_in(&mut self, line: &str) -> io::Result<()> {
        let said = line.rsplit(' ').next().unwrap_or_default();
        let login = self.state.options.login.as_ref();
        self.is_logged_in = login.is_some_and(|(user, password)| {
            base64_decode(said.as_bytes()).is_some_and(|text| text == format!("\0{user}\0{password}").into_bytes())
        });
        let answer = if self.is_logged_in { "235 welcome".to_owned() } else { format!("535 5.7.8 {said} is wrong") };
        self.say(&answer).await
    }

    async fn receiver(&mut self, to: String) -> io::Result<()> {
        let answer = match to.split('-').next().unwrap_or_default() {
            "refuse" => "550-5.1.1 nobody\r\n550 of this name",
            "later" => "451 4.7.1 come again later",
            "hang" => return core::future::pending().await,
            _ => "250 ok",
        };
        if answer.starts_with("250") {
            self.to.push(to);
        }
        self.say(answer).await
    }

    async fn data(&mut self) -> io::Result<Next> {
        let has = |to: &[String], start: &str| to.iter().any(|to| to.starts_with(start));
        if has(&self.to, "drop-") {
            return Ok(Next::Ends);
        }
        self.say("354 go ahead").await?;
        let mut data = Vec::new();
        loop {
            let mut line = Vec::new();
            if self.stream.read_until(b'\n', &mut line).await? == 0 {
                return Ok(Next::Ends);
            }
            if line == b".\r\n" {
                break;
            }
            data.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        if has(&self.to, "spam-") {
            // The end of the mail, where its words are.
            let end = String::from_utf8_lossy(&data[data.len().saturating_sub(600)..]).replace(['\r', '\n'], " ");
            self.say(&format!("554 5.7.1 this is spam: {end}")).await?;
            return Ok(Next::Goes);
        }
        if has(&self.to, "quote-") {
            let text = ReadMail::parse(&data).map(|mail| mail.text).unwrap_or_default();
            let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(600).collect();
            self.say(&format!("554 5.7.1 this is not for us: {words}")).await?;
            return Ok(Next::Goes);
        }
        let received = Received {
            from: self.from.clone(),
            to: self.to.clone(),
            data,
            is_encrypted: self.is_encrypted,
            is_logged_in: self.is_logged_in && self.state.options.login.is_some(),
        };
        self.state.received.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(received);
        if has(&self.to, "lose-") {
            return Ok(Next::Ends);
        }
        self.say("250 ok").await?;
        Ok(Next::Goes)
    }
}

/// What stands between `<` and `>`.
fn between(line: &str) -> String {
    let after = line.split_once('<').map_or("", |(_, after)| after);
    after.split_once('>').map_or("", |(inside, _)| inside).to_owned()
}
