use super::*;
use poem::http::HeaderValue;
use proptest::prelude::*;

fn trusted(written: &[&str]) -> TrustedProxies {
    let written: Vec<String> = written.iter().map(|text| (*text).to_owned()).collect();
    TrustedProxies::parse(&written).unwrap()
}

/// The proxies of every case: `10.1.2.3` is one.
fn ours() -> TrustedProxies {
    trusted(&["10.0.0.0/8", "192.0.2.1", "2001:db8:f::/48"])
}

fn headers(lines: &[(&'static str, &[u8])]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, HeaderValue::from_bytes(value).unwrap());
    }
    headers
}

#[track_caller]
fn is(peer: &str, lines: &[(&'static str, &str)], expected: &str) {
    let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    let found = find(peer.parse().unwrap(), &headers(&lines), &ours());
    assert_eq!(found.to_string(), expected, "{lines:?}");
}

const XFF: &str = "x-forwarded-for";
const FWD: &str = "forwarded";

#[test]
fn a_stranger_is_where_the_connection_comes_from_whatever_it_says() {
    is("203.0.113.9", &[], "203.0.113.9");
    is("203.0.113.9", &[(XFF, "198.51.100.7")], "203.0.113.9");
    is("203.0.113.9", &[(FWD, "for=198.51.100.7"), (XFF, "10.1.2.3")], "203.0.113.9");
    is("::ffff:203.0.113.9", &[(XFF, "198.51.100.7")], "203.0.113.9");
    is("2001:db8::9", &[(XFF, "198.51.100.7")], "2001:db8::9");
}

#[test]
fn a_trusted_proxy_says_where_the_end_user_is() {
    is("10.1.2.3", &[(XFF, "198.51.100.7")], "198.51.100.7");
    is("::ffff:10.1.2.3", &[(XFF, " 198.51.100.7 ")], "198.51.100.7");
    is("2001:db8:f::1", &[(XFF, "2001:db8::7")], "2001:db8::7");
    is("192.0.2.1", &[(XFF, "198.51.100.7:4711")], "198.51.100.7");
    is("10.1.2.3", &[(XFF, "[2001:db8::7]:4711")], "2001:db8::7");
    is("10.1.2.3", &[(XFF, "::ffff:198.51.100.7")], "198.51.100.7");
}

#[test]
fn what_the_end_user_wrote_before_its_proxy_is_not_believed() {
    is("10.1.2.3", &[(XFF, "1.2.3.4, 198.51.100.7")], "198.51.100.7");
    is("10.1.2.3", &[(XFF, "10.9.9.9, 198.51.100.7, 10.4.4.4, 192.0.2.1")], "198.51.100.7");
    is("10.1.2.3", &[(FWD, "for=1.2.3.4, for=198.51.100.7;proto=https")], "198.51.100.7");
    // An open quote on the left does not swallow what the proxy adds.
    is("10.1.2.3", &[(FWD, "for=\"1.2.3.4, for=198.51.100.7")], "198.51.100.7");
    is("10.1.2.3", &[(FWD, "for=\"x\\\", for=\"[2001:db8::7]\"")], "2001:db8::7");
    is("10.1.2.3", &[(XFF, "é\u{ff}\t, 198.51.100.7")], "198.51.100.7");
}

#[test]
fn bytes_that_are_no_text_hide_nobody() {
    let lines: [(&str, &[u8]); 1] = [(XFF, b"\xff\xfe, 198.51.100.7")];
    assert_eq!(find("10.1.2.3".parse().unwrap(), &headers(&lines), &ours()).to_string(), "198.51.100.7");
}

#[test]
fn several_lines_are_one_list() {
    is("10.1.2.3", &[(XFF, "1.2.3.4"), (XFF, "198.51.100.7"), (XFF, "10.7.7.7")], "198.51.100.7");
    is("10.1.2.3", &[(FWD, "for=1.2.3.4"), (FWD, "for=198.51.100.7, for=10.7.7.7")], "198.51.100.7");
}

#[test]
fn forwarded_wins_over_x_forwarded_for() {
    is("10.1.2.3", &[(XFF, "1.2.3.4"), (FWD, "for=198.51.100.7")], "198.51.100.7");
    is("10.1.2.3", &[(XFF, "1.2.3.4"), (FWD, "for=unknown")], "10.1.2.3");
}

#[test]
fn the_forms_of_rfc_7239_are_understood() {
    for (written, expected) in [
        ("for=192.0.2.43, for=198.51.100.17", "198.51.100.17"),
        ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
        ("for=\"[2001:db8:cafe::17]\"", "2001:db8:cafe::17"),
        ("for=\"198.51.100.17:47011\"", "198.51.100.17"),
        ("for=\"198.51.100.17:_port\"", "10.1.2.3"),
        ("FOR=198.51.100.17;proto=http;by=203.0.113.43", "198.51.100.17"),
        ("proto=http ; by=\"a,b;c\" ; for=198.51.100.17", "198.51.100.17"),
        ("for=\"198.51.100.\\17\"", "198.51.100.17"),
    ] {
        is("10.1.2.3", &[(FWD, written)], expected);
    }
}

#[test]
fn what_names_no_address_ends_the_search_at_the_last_trusted_proxy() {
    for nothing in ["unknown", "_hidden", "_SEVKISEK", "", "example.org", "1.2.3", "\"\"", "\"[::1\""] {
        is("10.1.2.3", &[(FWD, &format!("for=1.2.3.4, for={nothing}, for=10.5.5.5"))], "10.5.5.5");
    }
    for entry in ["proto=https", "for=198.51.100.7;for=198.51.100.8", "for", ""] {
        is("10.1.2.3", &[(FWD, &format!("for=1.2.3.4, {entry}"))], "10.1.2.3");
    }
    for nothing in ["unknown", "", "10.1.2", "198.51.100.7 1.2.3.4"] {
        is("10.1.2.3", &[(XFF, &format!("1.2.3.4, {nothing}"))], "10.1.2.3");
    }
    is("10.1.2.3", &[], "10.1.2.3");
}

#[test]
fn when_all_are_trusted_the_farthest_is_the_end_user() {
    is("10.1.2.3", &[(XFF, "10.4.4.4, 10.5.5.5")], "10.4.4.4");
}

#[test]
fn trusted_proxies_are_addresses_and_networks() {
    assert_eq!(trusted(&["10.1.2.3/8"]), trusted(&["10.0.0.0/8"]));
    assert_eq!(trusted(&[" ::ffff:192.0.2.1"]), trusted(&["192.0.2.1/32"]));
    for bad in ["", "proxy.example.org", "10.0.0.0/33", "0.0.0.0/0", "::/0", "10.0.0.0/8/8", "10.0.0.1:80"] {
        assert!(TrustedProxies::parse(&[bad.to_owned()]).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn a_page_is_told_the_address() {
    let mut request = Request::builder().finish();
    let mut body = RequestBody::default();
    assert_eq!(EndUserAddress::from_request(&request, &mut body).await.unwrap(), EndUserAddress(None));
    let known = EndUserAddress(Some("198.51.100.7".parse().unwrap()));
    request.set_data(known);
    assert_eq!(EndUserAddress::from_request(&request, &mut body).await.unwrap(), known);
}

fn lines() -> impl Strategy<Value = Vec<(&'static str, Vec<u8>)>> {
    let text = prop_oneof![
        "(for=)?\"?\\[?[0-9a-f.:]{0,20}\\]?\"?(, (for=)?[0-9.]{7,15}){0,3}".prop_map(String::into_bytes),
        proptest::collection::vec((32u8..=255).prop_filter("no delete", |b| *b != 127), 0..40),
    ];
    proptest::collection::vec((prop_oneof![Just(XFF), Just(FWD)], text), 0..4)
}

fn as_headers(lines: &[(&'static str, Vec<u8>)]) -> HeaderMap {
    headers(&lines.iter().map(|(name, value)| (*name, value.as_slice())).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn no_header_moves_an_untrusted_peer(peer in any::<IpAddr>(), lines in lines()) {
        let proxies = ours();
        prop_assume!(!proxies.contains(peer.to_canonical()));
        prop_assert_eq!(find(peer, &as_headers(&lines), &proxies), peer.to_canonical());
    }

    #[test]
    fn nothing_further_left_changes_what_a_proxy_said(forged in lines(), name in prop_oneof![Just(XFF), Just(FWD)], joined: bool) {
        let said: &[u8] = if name == FWD { b"for=198.51.100.7" } else { b"198.51.100.7" };
        // Whatever the other header says would win or lose as a whole.
        let mut lines: Vec<_> = forged.into_iter().filter(|(n, _)| *n == name).collect();
        match lines.last_mut() {
            Some((_, last)) if joined => last.extend_from_slice(&[b", ", said].concat()),
            _ => lines.push((name, said.to_vec())),
        }
        let found = find("10.1.2.3".parse().unwrap(), &as_headers(&lines), &ours());
        prop_assert_eq!(found.to_string(), "198.51.100.7");
    }
}
