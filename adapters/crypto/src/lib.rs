//! backstop-crypto
