use super::defects;
use async_trait::async_trait;
use backstop_application::ports::{
    AnswerSealer, Clock, CodeGenerator, Hasher, Ids, KeyMinter, MintedKey, MintedSessionToken, MintedToken, Opened,
    PortError, PortErrorKind, PortResult, RequestName, Sealer, Tagger, TimeSource, TokenMinter,
};
use backstop_domain::{
    AccountId, BatchId, ClientKeyId, CodeProfile, DeliveryToken, IdempotencyKey, KeyText, LookupTag, NormalisedCode,
    Sealed, SecretText, Timestamp, TokenDigest, Verifier,
};
use core::sync::atomic::{AtomicU64, Ordering};
use jiff::SignedDuration;
use uuid::Uuid;

defects! {
    /// What is wrong with a service.
    ServiceDefect {
        // Hashers.
        ReversesVerifiers,
        HashesWithoutSalt,
        EverythingFits,
        VerifierHasTheCode,
        UnreadableIsRefused,
        WorksAsMuchAsAsked,
        // Hashers of passwords.
        AnyPasswordFits,
        CutsPasswords,
        PasswordsWithoutSalt,
        FitsWhereNothingIs,
        VerifierHasThePassword,
        UnsoundPasswordsAreRefused,
        // Taggers.
        TagsWithSalt,
        TagsWithoutAccount,
        AllTagsButTheCurrent,
        FingerprintFoldsCase,
        // Generators.
        CodesOfAnotherProfile,
        RepeatsCodes,
        FavoursFirstSymbols,
        // Key minters.
        DigestOfAnotherKey,
        EveryKeyMatches,
        ShortKeys,
        DigestHasTheKey,
        // Sealers.
        ReversesCodes,
        OpensWithAnyToken,
        OpensForAnyBatch,
        OpensWithoutSeal,
        SealsAlike,
        EveryTokenMatches,
        // Sealers of answers.
        NamesHaveSalt,
        NamesForgetTheKey,
        NamesForgetTheContent,
        NamesShowTheContent,
        ReversesAnswers,
        AnswersOpenAnywhere,
        AnswersAreNotSealed,
        AnswersAreSealedAlike,
        // Authenticators.
        KnowsNoTolerance,
        AnySixDigitsFit,
        SecretsOfAnyAccount,
        LostSecretsAreWrongCodes,
        SecretsInTheClear,
        NamesNoSite,
        // Wrappers of codes.
        WrapsInReverse,
        WrapsForAnyBatch,
        WrapsInTheClear,
        // Clocks.
        CountsNanoseconds,
        LivesInThePast,
        // Time sources.
        HasNanoseconds,
        BeginsBeforeAllStores,
        RepeatsItsFirstAnswer,
        TimeLeaps,
        NeverSaysTheTime,
        // Whoever makes tokens: sealers and token minters.
        RepeatsTokens,
        DigestHasTheToken,
        // Token minters.
        SaltsTokens,
        FoldsTokens,
        ShortTokens,
        // Ids.
        RepeatsIds,
        CountsUp,
    }
}

/// A sound service with one defect.
pub struct BrokenService<S> {
    sound: S,
    defect: ServiceDefect,
    calls: AtomicU64,
}

impl<S> BrokenService<S> {
    pub fn new(sound: S, defect: ServiceDefect) -> Self {
        Self { sound, defect, calls: AtomicU64::new(0) }
    }

    fn has(&self, defect: ServiceDefect) -> bool {
        self.defect == defect
    }

    pub(super) const fn defect(&self) -> ServiceDefect {
        self.defect
    }

    pub(super) const fn sound(&self) -> &S {
        &self.sound
    }

    fn call(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed)
    }
}

const NAKED: &str = "naked$";

#[async_trait]
impl<S: Hasher> Hasher for BrokenService<S> {
    async fn hash(&self, codes: &[NormalisedCode]) -> PortResult<Vec<Verifier>> {
        if matches!(self.defect, ServiceDefect::HashesWithoutSalt | ServiceDefect::VerifierHasTheCode) {
            let salt = if self.has(ServiceDefect::HashesWithoutSalt) { 0 } else { self.call() };
            let naked = |c: &NormalisedCode| Verifier::new(format!("{NAKED}{salt}${}", c.reveal()));
            return Ok(codes.iter().map(naked).collect());
        }
        let mut verifiers = self.sound.hash(codes).await?;
        if self.has(ServiceDefect::ReversesVerifiers) {
            verifiers.reverse();
        }
        Ok(verifiers)
    }

    async fn verify(&self, code: &NormalisedCode, verifier: &Verifier) -> PortResult<bool> {
        if let Some(naked) = verifier.as_str().strip_prefix(NAKED) {
            return Ok(naked.ends_with(code.reveal()));
        }
        if self.has(ServiceDefect::WorksAsMuchAsAsked) && verifier.as_str().contains("m=4294967295") {
            return Err(PortError::new(PortErrorKind::Unavailable, "out of memory"));
        }
        match self.sound.verify(code, verifier).await {
            Err(_) if self.has(ServiceDefect::UnreadableIsRefused) => Ok(false),
            Ok(_) if self.has(ServiceDefect::EverythingFits) => Ok(true),
            found => found,
        }
    }
}

impl<S: Tagger> Tagger for BrokenService<S> {
    fn current(&self, account: AccountId, code: &NormalisedCode) -> LookupTag {
        let account = if self.has(ServiceDefect::TagsWithoutAccount) { AccountId::new(Uuid::nil()) } else { account };
        let mut tag = self.sound.current(account, code);
        if self.has(ServiceDefect::TagsWithSalt) {
            tag.bytes[0] ^= self.call().to_le_bytes()[0];
        }
        tag
    }

    fn all(&self, account: AccountId, codes: &[NormalisedCode]) -> Vec<LookupTag> {
        let mut all = self.sound.all(account, codes);
        if self.has(ServiceDefect::AllTagsButTheCurrent) {
            let current: Vec<LookupTag> = codes.iter().map(|c| self.sound.current(account, c)).collect();
            all.retain(|tag| !current.contains(tag));
        }
        all
    }

    fn fingerprint(&self, text: &str) -> [u8; 32] {
        let folded = text.to_lowercase();
        self.sound.fingerprint(if self.has(ServiceDefect::FingerprintFoldsCase) { &folded } else { text })
    }
}

impl<S: CodeGenerator> CodeGenerator for BrokenService<S> {
    fn codes(&self, profile: &CodeProfile, count: u32) -> PortResult<Vec<NormalisedCode>> {
        match self.defect {
            ServiceDefect::CodesOfAnotherProfile => self.sound.codes(&CodeProfile::compact(), count),
            ServiceDefect::RepeatsCodes => {
                let mut codes = self.sound.codes(profile, count)?;
                if let [first, .., last] = codes.as_mut_slice() {
                    last.clone_from(first);
                }
                Ok(codes)
            }
            // What a byte modulo the size of the alphabet would do.
            ServiceDefect::FavoursFirstSymbols => {
                let favoured = |drawn: usize| if self.call().is_multiple_of(16) { drawn % 16 } else { drawn };
                let place = |symbol: char| profile.alphabet().iter().position(|a| *a == symbol);
                let skewed = |code: &NormalisedCode| {
                    let drawn = code.reveal().chars().take(profile.payload_length()).filter_map(place);
                    profile.assemble(&drawn.map(favoured).collect::<Vec<_>>())
                };
                Ok(self.sound.codes(profile, count)?.iter().filter_map(skewed).collect())
            }
            _ => self.sound.codes(profile, count),
        }
    }
}

impl<S: KeyMinter> KeyMinter for BrokenService<S> {
    fn mint(&self, id: ClientKeyId) -> PortResult<MintedKey> {
        let mut made = self.sound.mint(id)?;
        match self.defect {
            ServiceDefect::DigestOfAnotherKey => made.digest = self.sound.mint(id)?.digest,
            ServiceDefect::DigestHasTheKey => made.digest.copy_from_slice(&made.text.secret.reveal().as_bytes()[..32]),
            ServiceDefect::ShortKeys => {
                made.text.secret = SecretText::new(made.text.secret.reveal()[..32].to_owned());
            }
            _ => {}
        }
        Ok(made)
    }

    fn matches(&self, key: &KeyText, digest: &[u8; 32]) -> bool {
        self.has(ServiceDefect::EveryKeyMatches) || self.sound.matches(key, digest)
    }
}

/// A token that opens for everybody.
fn master_token() -> DeliveryToken {
    DeliveryToken::parse(SecretText::new("0".repeat(DeliveryToken::LENGTH))).unwrap()
}

impl<S: Sealer> BrokenService<S> {
    fn sealed_for(&self, batch: BatchId, token: &DeliveryToken) -> (BatchId, DeliveryToken) {
        let batch = if self.has(ServiceDefect::OpensForAnyBatch) { BatchId::new(Uuid::nil()) } else { batch };
        (batch, if self.has(ServiceDefect::OpensWithAnyToken) { master_token() } else { token.clone() })
    }
}

impl<S: Sealer> Sealer for BrokenService<S> {
    fn mint(&self) -> PortResult<MintedToken> {
        let mut made = self.sound.mint()?;
        match self.defect {
            ServiceDefect::RepeatsTokens if self.call() % 100 == 99 => made.token = master_token(),
            ServiceDefect::DigestHasTheToken => made.digest.copy_from_slice(&made.token.reveal().as_bytes()[..32]),
            _ => {}
        }
        Ok(made)
    }

    fn matches(&self, token: &DeliveryToken, digest: &[u8; 32]) -> bool {
        self.has(ServiceDefect::EveryTokenMatches) || self.sound.matches(token, digest)
    }

    fn seal(&self, batch: BatchId, token: &DeliveryToken, codes: &[SecretText]) -> PortResult<Sealed> {
        let mut codes = codes.to_vec();
        if self.has(ServiceDefect::ReversesCodes) {
            codes.reverse();
        }
        if matches!(self.defect, ServiceDefect::OpensWithoutSeal | ServiceDefect::SealsAlike) {
            let plain: Vec<&str> = codes.iter().map(SecretText::reveal).collect();
            return Ok(Sealed::new(format!("{NAKED}{}", plain.join(" ")).into_bytes()));
        }
        let (batch, token) = self.sealed_for(batch, token);
        self.sound.seal(batch, &token, &codes)
    }

    fn open(&self, batch: BatchId, token: &DeliveryToken, sealed: &Sealed) -> PortResult<Opened> {
        let text = core::str::from_utf8(sealed.bytes()).ok().and_then(|text| text.strip_prefix(NAKED));
        if let Some(text) = text {
            return Ok(Opened::Codes(text.split(' ').map(|code| SecretText::new(code.to_owned())).collect()));
        }
        let (batch, token) = self.sealed_for(batch, token);
        self.sound.open(batch, &token, sealed)
    }
}

fn reversed(text: &SecretText) -> SecretText {
    SecretText::new(text.reveal().chars().rev().collect())
}

impl<S: AnswerSealer> BrokenService<S> {
    fn place_of(&self, key: &IdempotencyKey, request: &RequestName) -> (IdempotencyKey, RequestName) {
        if self.has(ServiceDefect::AnswersOpenAnywhere) {
            let key = IdempotencyKey::parse(&"0".repeat(16)).unwrap();
            return (key, RequestName { place: [0; 32], content: [0; 32] });
        }
        (key.clone(), *request)
    }
}

impl<S: AnswerSealer> AnswerSealer for BrokenService<S> {
    fn names(&self, key: &IdempotencyKey, place: &str, content: &SecretText) -> PortResult<Vec<RequestName>> {
        let master = IdempotencyKey::parse(&"0".repeat(16)).unwrap();
        let (mut key, mut content) = (key, content.clone());
        match self.defect {
            ServiceDefect::NamesForgetTheKey => key = &master,
            ServiceDefect::NamesForgetTheContent => content = SecretText::new(String::new()),
            _ => {}
        }
        let mut names = self.sound.names(key, place, &content)?;
        for name in &mut names {
            match self.defect {
                ServiceDefect::NamesHaveSalt => name.place[0] = u8::try_from(self.call() % 256).unwrap(),
                ServiceDefect::NamesShowTheContent => {
                    let shown = content.reveal().as_bytes();
                    let length = shown.len().min(32);
                    name.content[..length].copy_from_slice(&shown[..length]);
                }
                _ => {}
            }
        }
        Ok(names)
    }

    fn seal_answer(&self, key: &IdempotencyKey, request: &RequestName, answer: &SecretText) -> PortResult<Sealed> {
        match self.defect {
            ServiceDefect::AnswersAreNotSealed | ServiceDefect::AnswersAreSealedAlike => {
                return Ok(Sealed::new(format!("{NAKED}{}", answer.reveal()).into_bytes()));
            }
            _ => {}
        }
        let answer = if self.has(ServiceDefect::ReversesAnswers) { reversed(answer) } else { answer.clone() };
        let (key, request) = self.place_of(key, request);
        self.sound.seal_answer(&key, &request, &answer)
    }

    fn open_answer(
        &self,
        key: &IdempotencyKey,
        request: &RequestName,
        sealed: &Sealed,
    ) -> PortResult<Option<SecretText>> {
        let text = core::str::from_utf8(sealed.bytes()).ok().and_then(|text| text.strip_prefix(NAKED));
        if let Some(text) = text {
            return Ok(Some(SecretText::new(text.to_owned())));
        }
        let (key, request) = self.place_of(key, request);
        self.sound.open_answer(&key, &request, sealed)
    }
}

impl<S: Clock> Clock for BrokenService<S> {
    fn now(&self) -> Timestamp {
        match self.defect {
            ServiceDefect::CountsNanoseconds => self.sound.now().checked_add(SignedDuration::from_nanos(1)).unwrap(),
            ServiceDefect::LivesInThePast => Timestamp::from_second(-1).unwrap(),
            _ => self.sound.now(),
        }
    }
}

#[async_trait]
impl<S: TimeSource> TimeSource for BrokenService<S> {
    async fn time(&self) -> PortResult<Timestamp> {
        let call = i64::try_from(self.call()).unwrap();
        match self.defect {
            ServiceDefect::HasNanoseconds => Ok(self.sound.time().await? + SignedDuration::from_nanos(1)),
            ServiceDefect::BeginsBeforeAllStores => Ok(Timestamp::from_second(-1).unwrap()),
            ServiceDefect::RepeatsItsFirstAnswer => Ok(Timestamp::from_second(1_700_000_000).unwrap()),
            ServiceDefect::TimeLeaps => Ok(self.sound.time().await? + SignedDuration::from_mins(call)),
            ServiceDefect::NeverSaysTheTime => core::future::pending().await,
            _ => self.sound.time().await,
        }
    }
}

impl<S: TokenMinter> TokenMinter for BrokenService<S> {
    fn mint(&self) -> PortResult<MintedSessionToken> {
        let mut minted = self.sound.mint()?;
        match self.defect {
            ServiceDefect::ShortTokens => minted.text = SecretText::new(minted.text.reveal()[..22].to_owned()),
            ServiceDefect::RepeatsTokens if self.call() % 100 == 99 => minted.text = SecretText::new("a".repeat(43)),
            _ => {}
        }
        minted.digest = self.digest(minted.text.reveal());
        Ok(minted)
    }

    fn digest(&self, token: &str) -> TokenDigest {
        match self.defect {
            ServiceDefect::SaltsTokens => self.sound.digest(&format!("{token}{}", self.call())),
            ServiceDefect::FoldsTokens => self.sound.digest(&token.to_lowercase()),
            ServiceDefect::DigestHasTheToken => {
                let mut bytes = [0; 32];
                bytes.iter_mut().zip(token.bytes()).for_each(|(byte, of_token)| *byte = of_token);
                TokenDigest::new(bytes)
            }
            _ => self.sound.digest(token),
        }
    }
}

impl<S: Ids> Ids for BrokenService<S> {
    fn next(&self) -> Uuid {
        match self.defect {
            ServiceDefect::CountsUp => Uuid::from_u128(self.call().into()),
            ServiceDefect::RepeatsIds if self.call() % 100 == 99 => Uuid::nil(),
            _ => self.sound.next(),
        }
    }
}
