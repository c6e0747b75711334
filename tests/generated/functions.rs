//! Functions called with their typed arguments.

use serde_json::json;
use supabase_task::client::types::Number;

use crate::database::{
    AddArguments, AddArguments2, Address, EchoArguments, ExtremesArguments, ForgetArguments,
    HelloArguments, HomeOfArguments, LongNamesArguments, MatchArguments, MixArguments, Mood,
    NewestSampleArguments, PricesArguments, Samples, SamplesInsert, SamplesOfArguments,
    TitlesArguments, TotalArguments,
};
use crate::{sample, start};

#[tokio::test]
async fn single_values_come_as_they_are() {
    let (stack, service) = start().await;
    let older_than = "1 day".to_owned();

    let sum = service.call(&AddArguments { a: 2, b: Some(3) }).await;
    assert_eq!(sum.unwrap(), 5);
    // The default of the database.
    let sum = service.call(&AddArguments { a: 2, b: None }).await;
    assert_eq!(sum.unwrap(), 3);
    let [a, b, separator] = ["a", "b", "-"].map(str::to_owned);
    let joined = service.call(&AddArguments2 { a, b, separator }).await;
    assert_eq!(joined.unwrap(), "a-b");
    assert_eq!(service.call(&HelloArguments).await.unwrap(), "hello");
    service.call(&ForgetArguments { older_than }).await.unwrap();
    let mood = service.call(&MatchArguments { r#type: Mood::Sad }).await;
    assert_eq!(mood.unwrap(), Mood::Sad);
    let mixed = MixArguments {
        first: Address {
            street: Some("Ring".to_owned()),
            zip_code: None,
            r#type: None,
            rent: None,
        },
        rest: vec![1, 2],
    };
    let mixed = service.call(&mixed).await.unwrap();
    assert_eq!(mixed, json!({ "street": "Ring", "sum": 3 }));
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn rows_come_with_the_casts_of_their_type() {
    let (stack, service) = start().await;
    let home = Address {
        street: Some("Ring".to_owned()),
        zip_code: None,
        r#type: None,
        rent: Some(Number::from(900)),
    };
    let rows = [
        sample("a", "1.25"),
        SamplesInsert {
            home: Some(home.clone()),
            ..sample("b", "20")
        },
    ];
    service.table::<Samples>().insert(&rows).await.unwrap();

    let newest = service.call(&NewestSampleArguments).await.unwrap();
    assert_eq!((newest.title.as_str(), newest.price.as_str()), ("b", "20.0000"));
    let feeling = Mood::SoSo;
    let samples = service.call(&SamplesOfArguments { feeling }).await.unwrap();
    assert_eq!(samples.len(), 2);
    assert_eq!(samples[0].price, "1.2500");
    assert_eq!(service.call(&TitlesArguments).await.unwrap(), ["a", "b"]);
    let total = service.call(&TotalArguments).await.unwrap();
    assert_eq!(total.as_f64(), Some(21.25));

    let at_least = Some("2".to_owned());
    let prices = service.call(&PricesArguments { at_least }).await.unwrap();
    assert_eq!(prices.len(), 1);
    assert_eq!(prices[0].price.as_deref(), Some("20.0000"));
    let extremes = service.call(&ExtremesArguments).await.unwrap();
    assert_eq!(extremes.lowest.as_deref(), Some("1.2500"));
    assert_eq!(extremes.r#type.as_deref(), Some("price"));
    let long = service.call(&LongNamesArguments).await.unwrap();
    assert_eq!(
        long.a_column_whose_name_is_as_long_as_a_name_can_be_in_a_database,
        Some("2.50".to_owned())
    );
    let sample = newest.id;
    assert_eq!(service.call(&HomeOfArguments { sample }).await.unwrap(), home);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_single_argument_without_a_name_is_the_body() {
    let (stack, service) = start().await;
    let sent = json!({ "a": [1, "b"] });
    let echoed = service.call(&EchoArguments(sent.clone())).await.unwrap();
    assert_eq!(echoed, sent);
    stack.shutdown().await.unwrap();
}
