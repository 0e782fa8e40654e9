//! 12.M7: refresh tokens work once, and their family ends when one is stolen.

use std::sync::Arc;

use chrono::TimeDelta;
use futures::future::join_all;
use stoa_identity_types::{NewOAuthClient, RoleName};
use stoa_testing::{Test, on_both};

use super::{
    ALL, acting,
    oauth_support::{Answer, Program, agree, client, client_with},
    user,
};

/// The first tokens that a person's consent is worth.
async fn first(test: &Test, program: &Program, client: &NewOAuthClient) -> Answer {
    let ana = user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let code = agree(test, &acting(test, &ana).await, client, "openid offline_access").await;
    program.redeem(client, &code).await
}

const FAMILIES: &str = "SELECT count(*) FROM oauth_grant WHERE revoked_at IS NULL";

// 12.M7
on_both!(each_refresh_token_gives_the_next_and_access_goes_on, ALL, async |test: &Test| {
    let program = Program::new(test);
    let client = client(test, &[]).await;
    let mut tokens = first(test, &program, &client).await;
    let mut seen = vec![tokens.text("refresh_token")];
    for _ in 0..3 {
        test.travel(TimeDelta::minutes(10));
        assert!(!program.works(&tokens.text("access_token")).await, "over at its moment");
        tokens = program.refresh(&client, &tokens.text("refresh_token")).await;
        assert!(program.works(&tokens.text("access_token")).await);
        assert!(!seen.contains(&tokens.text("refresh_token")));
        seen.push(tokens.text("refresh_token"));
    }
    assert_eq!(tokens.text("scope"), "offline_access openid");
    // Somebody else's client can do nothing with it, nor does trying harm it.
    let other = client_with(test, &[], false, false).await;
    assert_eq!(program.refresh(&other, &tokens.text("refresh_token")).await.error(), "invalid_grant");
    assert_eq!(program.refresh(&client, "made-up").await.error(), "invalid_grant");
    tokens = program.refresh(&client, &tokens.text("refresh_token")).await;
    test.travel(TimeDelta::days(30));
    assert_eq!(
        program.refresh(&client, &tokens.text("refresh_token")).await.error(),
        "invalid_grant",
        "unused for long"
    );
    // Nothing in the database is worth a token.
    assert_eq!(
        test.scalar(&format!("SELECT count(*) FROM oauth_refresh WHERE token_hash = '{}'", seen[0])).await,
        0
    );
});

// 12.M7: however it is used, the person is asked again some day.
on_both!(a_family_does_not_live_for_ever, ALL, async |test: &Test| {
    let program = Program::new(test);
    let client = client(test, &[]).await;
    let mut tokens = first(test, &program, &client).await;
    for _ in 0..7 {
        test.travel(TimeDelta::days(25));
        tokens = program.refresh(&client, &tokens.text("refresh_token")).await;
        assert!(program.works(&tokens.text("access_token")).await);
    }
    test.travel(TimeDelta::days(5));
    assert_eq!(program.refresh(&client, &tokens.text("refresh_token")).await.error(), "invalid_grant");
});

// 12.E1, 12.M7, 45.E3
on_both!(a_refresh_token_used_again_ends_its_family_for_everybody, ALL, async |test: &Test| {
    let program = Program::new(test);
    let client = client(test, &[]).await;
    let stolen = first(test, &program, &client).await.text("refresh_token");
    let mine = program.refresh(&client, &stolen).await;
    let mut other = program.refresh(&client, &stolen).await;
    assert_eq!(other.error(), "", "two at once are no theft");
    test.travel(TimeDelta::seconds(10));
    // One that was used a moment ago, still within its own leeway when the theft is seen.
    let fresh = other.text("refresh_token");
    other = program.refresh(&client, &fresh).await;
    assert!(program.works(&mine.text("access_token")).await);

    let again = program.refresh(&client, &stolen).await;
    assert_eq!((again.status.as_u16(), again.error().as_str()), (400, "invalid_grant"));
    for token in [mine.text("refresh_token"), other.text("refresh_token"), fresh, stolen] {
        assert_eq!(
            program.refresh(&client, &token).await.error(),
            "invalid_grant",
            "not inside the leeway either"
        );
    }
    for token in [mine.text("access_token"), other.text("access_token")] {
        assert!(!program.works(&token).await, "at once");
    }
    assert_eq!(test.scalar(FAMILIES).await, 0);
    let told = test.events().await.into_iter().filter(|name| name == "auth.token_reused").count();
    assert_eq!(told, 1, "once");
    let mails = test.scalar("SELECT count(*) FROM outbox_event WHERE name = 'auth.notice'").await;
    assert_eq!(mails, 1, "and so is the person");
    assert_eq!(test.scalar("SELECT count(*) FROM audit_record WHERE action = 'oauthGrant.ended'").await, 1);
});

// 12.E3
on_both!(two_tabs_that_refresh_at_once_both_stay_signed_in, ALL, async |test: &Test| {
    let program = Program::new(test);
    let client = client_with(test, &[], false, false).await;
    let shared = first(test, &program, &client).await.text("refresh_token");
    let mut one = program.refresh(&client, &shared).await;
    test.travel(TimeDelta::seconds(9));
    let mut two = program.refresh(&client, &shared).await;
    assert_ne!(one.text("refresh_token"), two.text("refresh_token"));
    // Each goes on at its own pace.
    for (pause_one, pause_two) in [(5, 7), (40, 1), (1, 90)] {
        test.travel(TimeDelta::minutes(pause_one));
        one = program.refresh(&client, &one.text("refresh_token")).await;
        test.travel(TimeDelta::minutes(pause_two));
        two = program.refresh(&client, &two.text("refresh_token")).await;
        assert!(program.works(&two.text("access_token")).await);
    }
    one = program.refresh(&client, &one.text("refresh_token")).await;
    assert!(program.works(&one.text("access_token")).await);
    assert_eq!(test.scalar(FAMILIES).await, 1);
});

// 12.M7: a hundred at once.
on_both!(a_hundred_refreshes_of_one_token_leave_one_family_alive, ALL, async |test: &Test| {
    let program = Arc::new(Program::new(test));
    let client = Arc::new(client(test, &[]).await);
    let token = first(test, &program, &client).await.text("refresh_token");
    let all = (0..100).map(|_| {
        let (program, client, token) = (program.clone(), client.clone(), token.clone());
        tokio::spawn(async move { program.refresh(&client, &token).await })
    });
    let answers: Vec<Answer> = join_all(all).await.into_iter().map(|done| done.expect("an answer")).collect();
    let failed: Vec<&Answer> = answers.iter().filter(|answer| answer.status.as_u16() != 200).collect();
    assert!(failed.is_empty(), "{} of 100: {:?}", failed.len(), failed[0]);
    assert_eq!(test.scalar("SELECT count(*) FROM oauth_grant").await, 1);
    assert_eq!(test.scalar(FAMILIES).await, 1);
    assert!(program.works(&answers[99].text("access_token")).await);
    assert_eq!(
        test.scalar("SELECT count(*) FROM oauth_refresh WHERE used_at IS NOT NULL").await,
        1,
        "used once"
    );
    // And a hundred that come too late leave none, told once.
    test.travel(TimeDelta::seconds(10));
    let late = (0..100).map(|_| {
        let (program, client, token) = (program.clone(), client.clone(), token.clone());
        tokio::spawn(async move { program.refresh(&client, &token).await })
    });
    for answer in join_all(late).await {
        assert_eq!(answer.expect("an answer").error(), "invalid_grant");
    }
    assert_eq!(test.scalar(FAMILIES).await, 0);
    assert_eq!(test.scalar("SELECT count(*) FROM outbox_event WHERE name = 'auth.token_reused'").await, 1);
    assert_eq!(program.refresh(&client, &answers[0].text("refresh_token")).await.error(), "invalid_grant");
});
