use crate::{LookupKeys, keys::Key};
use backstop_application::ports::Tagger;
use backstop_domain::{AccountId, LookupTag, NormalisedCode};

/// Tags from keyed hashes over the account's id and the code.
#[derive(Clone, Debug)]
pub struct HmacTagger {
    keys: LookupKeys,
}

impl HmacTagger {
    pub const fn new(keys: LookupKeys) -> Self {
        Self { keys }
    }
}

impl Tagger for HmacTagger {
    fn current(&self, account: AccountId, code: &NormalisedCode) -> LookupTag {
        tag(self.keys.current(), account, code)
    }

    fn all(&self, account: AccountId, codes: &[NormalisedCode]) -> Vec<LookupTag> {
        self.keys.all().iter().flat_map(|key| codes.iter().map(|code| tag(key, account, code))).collect()
    }

    fn fingerprint(&self, text: &str) -> [u8; 32] {
        self.keys.current().fingerprint.of(&[text.as_bytes()])
    }
}

fn tag(key: &Key, account: AccountId, code: &NormalisedCode) -> LookupTag {
    LookupTag { key: key.id.clone(), bytes: key.tag.of(&[account.uuid().as_bytes(), code.reveal().as_bytes()]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        LookupKey, Scheme,
        keys::tests::{id, ring},
    };
    use backstop_domain::{CodeProfile, SecretText};
    use uuid::Uuid;

    fn account(n: u128) -> AccountId {
        AccountId::new(Uuid::from_u128(n))
    }

    fn code(text: &str) -> NormalisedCode {
        CodeProfile::classic().parse(text).unwrap()
    }

    /// Computed with Python's `hmac` over the 16 bytes of the account's id and the code.
    #[test]
    fn a_tag_is_the_hmac_of_account_and_code() {
        let secret = SecretText::new("0123456789abcdef0123456789abcdef".into());
        let key = LookupKey::new(id("k1"), Scheme::HmacSha256, secret).unwrap();
        let tagger = HmacTagger::new(LookupKeys::new(&id("k1"), &[key]).unwrap());
        let account = AccountId::new("018f0000-0000-7000-8000-000000000001".parse().unwrap());
        let tag = tagger.current(account, &code("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmn"));
        assert_eq!(u128::from_be_bytes(tag.bytes[..16].try_into().unwrap()), 0xc88b_2709_a5cd_b7d2_ceaa_87fe_cee9_568b);
        assert_eq!(u128::from_be_bytes(tag.bytes[16..].try_into().unwrap()), 0xa969_f4e4_1583_f659_e437_73e9_41cb_e3f7);
        assert_eq!(tag.key, id("k1"));
    }

    #[test]
    fn tags_differ_by_account_code_and_key() {
        let [one, two] = ["A", "B"].map(|symbol| code(&symbol.repeat(36)));
        let tagger = HmacTagger::new(ring("a", &["a", "b"]));
        let tag = tagger.current(account(1), &one);
        assert_eq!(tag, tagger.current(account(1), &one));
        assert_ne!(tag.bytes, tagger.current(account(2), &one).bytes);
        assert_ne!(tag.bytes, tagger.current(account(1), &two).bytes);
        let other = HmacTagger::new(ring("b", &["a", "b"])).current(account(1), &one);
        assert_ne!(tag.bytes, other.bytes);
        assert_eq!(other.key, id("b"));
    }

    #[test]
    fn a_code_made_under_an_older_key_is_still_found() {
        let codes = ["A", "B"].map(|symbol| code(&symbol.repeat(36)));
        let before = HmacTagger::new(ring("old", &["old"])).current(account(1), &codes[1]);
        let after = HmacTagger::new(ring("new", &["new", "old"]));
        let all = after.all(account(1), &codes);
        assert_eq!(all.len(), 4);
        assert!(all.contains(&before));
        assert!(all.contains(&after.current(account(1), &codes[0])));
    }

    #[test]
    fn a_fingerprint_stays_while_the_current_key_stays() {
        let print = |current: &str, all: &[&str]| HmacTagger::new(ring(current, all)).fingerprint("someone");
        assert_eq!(print("a", &["a"]), print("a", &["b", "a"]));
        assert_ne!(print("a", &["a", "b"]), print("b", &["a", "b"]));
        let tagger = HmacTagger::new(ring("a", &["a"]));
        assert_ne!(tagger.fingerprint("someone"), tagger.fingerprint("somebody"));
    }
}
