//! Who must have a second step.

use stoa_kernel::App;

/// Whose role counts only once they have a second step, an authenticator app or a passkey.
/// Wired by the server; without that it is asked of the platform's people in production.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondStepPolicy {
    /// People with a role of the platform.
    pub staff: bool,
    /// People of a seller.
    pub sellers: bool,
}

impl SecondStepPolicy {
    /// What holds in this installation.
    pub fn of(app: &App) -> Self {
        let default = Self { staff: !app.settings.is_development(), sellers: false };
        app.part::<Self>().unwrap_or(default)
    }

    /// Whether somebody has to have one: `of_seller` says whether what they may do is limited
    /// to a seller, `works` whether their role gives them anything to do.
    pub(super) fn wants(self, works: bool, of_seller: bool) -> bool {
        works && if of_seller { self.sellers } else { self.staff }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 12.M4: whoever shops is never forced.
    #[test]
    fn only_people_with_work_to_do_must_have_a_second_step() {
        let all = SecondStepPolicy { staff: true, sellers: true };
        let staff = SecondStepPolicy { staff: true, sellers: false };
        assert!(!all.wants(false, false), "a shopper");
        assert!(all.wants(true, true) && all.wants(true, false));
        assert!(staff.wants(true, false) && !staff.wants(true, true));
    }
}
