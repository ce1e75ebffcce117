//! backstop-http
