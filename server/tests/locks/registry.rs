//! Codes, permissions, jobs and roles of all services fit together.

use std::collections::BTreeSet;

use stoa_identity::auth::roles;

#[test]
fn codes_and_permissions_belong_to_one_service_each() {
    let mut codes = BTreeSet::new();
    let mut permissions = BTreeSet::new();
    for module in stoa::wire::modules() {
        for code in module.codes {
            assert!(codes.insert(code.name), "{} twice", code.name);
            assert!(
                code.name.starts_with(&format!("{}.", module.slug)),
                "{} is not named after {}",
                code.name,
                module.slug
            );
        }
        for permission in module.permissions {
            assert!(permissions.insert(permission.0), "{} twice", permission.0);
        }
    }
}

#[test]
fn roles_name_permissions_that_exist() {
    let known: BTreeSet<&str> = stoa::wire::modules()
        .iter()
        .flat_map(|module| module.permissions)
        .map(|permission| permission.0)
        .collect();
    for pattern in roles::SELLER.iter().chain(roles::STAFF).chain(roles::ADMIN) {
        let exists = match pattern.strip_prefix('*') {
            Some(end) => known.iter().any(|name| name.ends_with(end)),
            None => known.contains(pattern),
        };
        assert!(exists, "a role has {pattern}, which no service declares");
    }
}

#[test]
fn schedules_and_subscribers_are_named_once() {
    let modules = stoa::wire::modules();
    let mut names = BTreeSet::new();
    let jobs: BTreeSet<_> = modules.iter().flat_map(|module| module.jobs).map(|job| job.kind).collect();
    let events: BTreeSet<_> = modules.iter().flat_map(|module| module.events).copied().collect();
    for subscriber in modules.iter().flat_map(|module| module.subscribers) {
        assert!(names.insert(subscriber.name), "{} twice", subscriber.name);
        for event in subscriber.events {
            assert!(events.contains(event), "{} waits for {event}, which nobody emits", subscriber.name);
        }
    }
    for cron in modules.iter().flat_map(|module| module.crons) {
        assert!(names.insert(cron.name), "{} twice", cron.name);
        assert!(jobs.contains(cron.job), "{} starts {}, which nobody runs", cron.name, cron.job);
    }
}
