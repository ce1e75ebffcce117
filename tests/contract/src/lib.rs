//! backstop-contract
