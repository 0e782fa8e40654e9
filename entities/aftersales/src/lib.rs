//! Tables of refunds.

pub mod refund_record;
pub mod refund_line;
