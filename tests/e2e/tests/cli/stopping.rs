//! How the program ends.

use super::{fresh, keys_in, pairs};
use backstop_e2e::{PATIENCE, Program};
use std::{
    io::{BufRead as _, BufReader, Lines, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A server whose process the test may signal; killed with the value.
struct Running {
    process: Child,
    address: SocketAddr,
    key: String,
    _said: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(folder: &Path) -> Self {
        let environment = pairs(&[("BACKSTOP_SERVER__LISTEN", "127.0.0.1:0"), ("BACKSTOP_SERVER__DRAIN", "2s")]);
        let mut command = Program::Plain.command(folder, &environment);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut greeting = Vec::new();
        while greeting.last().is_none_or(|line: &String| !line.contains("Ctrl-C")) {
            greeting.push(said.next().expect("the server starts").unwrap());
        }
        let key = keys_in(&greeting)[0].to_owned();
        let url = greeting.iter().find_map(|line| line.split("http://").nth(1)).unwrap();
        let address = url.split('/').next().unwrap().parse().unwrap();
        Self { process, address, key, _said: said }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.process.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    fn connect(&self) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(stream)
    }

    /// The status that `/readyz` answers, if anybody still listens.
    fn readiness(&self) -> Option<u16> {
        let mut stream = self.connect().ok()?;
        write!(stream, "GET /readyz HTTP/1.1\r\nHost: backstop\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        answer.split(' ').nth(1)?.parse().ok()
    }

    fn wait_until_it_says_that_it_stops(&self) {
        let until = Instant::now() + PATIENCE;
        while self.readiness() == Some(200) {
            assert!(Instant::now() < until, "the signal changed nothing");
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn ended(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "the server does not end");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// The server asks for the body, so that the request is surely in its hands.
fn begin_a_request(server: &Running, body: &str) -> TcpStream {
    let mut stream = server.connect().unwrap();
    write!(
        stream,
        "PUT /api/v1/accounts/ann HTTP/1.1\r\nHost: backstop\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        server.key,
        body.len()
    )
    .unwrap();
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

fn requests_in_hand_are_finished(signal: &str) {
    let folder = fresh();
    let mut server = Running::start(folder.path());
    assert_eq!(server.readiness(), Some(200));
    let body = r#"{"display_name": "Ann"}"#;
    let mut request = begin_a_request(&server, body);
    server.signal(signal);
    server.wait_until_it_says_that_it_stops();
    request.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    request.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    assert!(answer.ends_with('}') && answer.contains("\"display_name\":\"Ann\""), "{answer}");
    let status = server.ended();
    assert_eq!(status.code(), Some(0), "{status}");
    assert!(server.connect().is_err());
}

#[test]
fn sigterm_ends_the_program_in_good_order_after_the_requests_in_hand() {
    requests_in_hand_are_finished("TERM");
}

#[test]
fn ctrl_c_ends_the_program_in_good_order_after_the_requests_in_hand() {
    requests_in_hand_are_finished("INT");
}

#[test]
fn while_it_drains_it_says_that_it_is_not_ready() {
    let folder = fresh();
    let mut server = Running::start(folder.path());
    server.signal("TERM");
    server.wait_until_it_says_that_it_stops();
    assert_eq!(server.readiness(), Some(503), "the listener stays open while it drains");
    assert_eq!(server.ended().code(), Some(0));
}
