//! backstop-faults
