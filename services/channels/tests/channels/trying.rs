//! What a dry run says is what the import does.

use stoa_channels_types::{
    ImportReport,
    Outcome::{Created, Refused, Unchanged, Updated},
};
use stoa_testing::Test;

use crate::support::{How, bring, modules, outcomes, shop, tried_and_brought};

const HEADER: &str =
    "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Image Src\n";

fn file(rows: &[&str]) -> Vec<u8> {
    format!("{HEADER}{}\n", rows.join("\n")).into_bytes()
}

/// Code and row of everything said of a product.
fn said<'a>(report: &'a ImportReport, handle: &str) -> Vec<(&'a str, u64)> {
    let row = report.rows.iter().find(|row| row.handle == handle).expect("the product");
    row.issues.iter().map(|issue| (issue.code.as_str(), issue.row)).collect()
}

stoa_testing::on_both!(
    a_dry_run_says_what_the_import_does_and_writes_nothing,
    &modules(),
    async |test: &Test| {
        let (seller, other) = (shop(test, "auel").await, shop(test, "other").await);
        let images = test.folder().join("pictures");
        std::fs::create_dir(&images).unwrap();
        std::fs::write(images.join("jug.png"), include_bytes!("jug.png")).unwrap();
        std::fs::write(images.join("text.png"), "no picture").unwrap();
        let how = || How { publish: true, images: Some(images.clone()), ..How::default() };
        let jug = "jug,Jug,Size,Small,JUG-S,5,20,https://pics.example/jug.jpg";
        let bowl = "bowl,Bowl,Title,Default Title,BOWL,9,12.50,https://pics.example/bowl.jpg";
        let mug = "mug,Mug,Size,Small,MUG-S,3,8,jug.png";
        let tray = "tray,Tray,Title,Default Title,TRAY,3,8,jug.png";
        let rack = "rack,Rack,Title,Default Title,RACK,3,8,jug.png";
        let first = file(&[jug, bowl, mug, tray, rack]);
        let report = tried_and_brought(test, seller, &first, how).await;
        assert_eq!((report.counts.created, report.counts.warnings), (5, 0), "{report:?}");
        assert_eq!(test.scalar("SELECT COUNT(*) FROM product WHERE status = 'published'").await, 5);
        // The same handles and codes in another shop are nobody's business.
        bring(test, other, &file(&["vase,Vase,Title,Default Title,VASE,1,9,"]), How::default())
            .await
            .unwrap();

        let second = file(&[
            &jug.replace(",20,", ",21,"),
            bowl,
            mug,
            "mug,,,Large,Tray,3,9,",
            "cup,Cup,Title,Default Title,RACK,4,8,jug.png",
            "vase,Vase,Title,Default Title,VASE,4,8,",
            "plate,Plate,Size,Small,,4,8,jug.png",
            "plate,,,Large,,4,8,",
            "dish,Dish,Size,Small,DISH,4,8,jug.png",
            "dish,,,Large,plate-2,4,8,",
            "pan,Pan,Title,Default Title,PAN,4,=cmd(),jug.png",
            "lid,Lid,Title,Default Title,LID,4,8,text.png",
            "pot,Pot,Title,Default Title,POT,4,8,missing.png",
        ]);
        let report = tried_and_brought(test, seller, &second, how).await;
        let expected = [
            ("jug", Updated),
            ("bowl", Unchanged),
            ("mug", Refused),
            ("cup", Refused),
            ("vase", Created),
            ("plate", Created),
            ("dish", Refused),
            ("pan", Refused),
            ("lid", Created),
            ("pot", Created),
        ];
        assert_eq!(outcomes(&report), expected, "{report:#?}");
        assert_eq!(said(&report, "mug"), [("products.sku_taken", 5)], "the row that brings the code");
        assert_eq!(said(&report, "cup"), [("products.sku_taken", 6)]);
        assert_eq!(said(&report, "vase"), [("products.no_picture", 7)], "the gate is asked");
        assert_eq!(said(&report, "dish"), [("products.sku_taken", 11)], "a code made for an earlier product");
        let missing = "channels.import_image_missing";
        assert_eq!(said(&report, "lid"), [(missing, 13), ("products.no_picture", 13)]);
        assert_eq!(said(&report, "pot"), [(missing, 14), ("products.no_picture", 14)]);
        assert_eq!(test.scalar("SELECT COUNT(*) FROM asset WHERE file_name = 'jug.png'").await, 1);

        // Again: what could not be shown is asked again, nothing else is.
        let report = tried_and_brought(test, seller, &second, how).await;
        assert_eq!((report.counts.created, report.counts.refused), (0, 4), "{report:#?}");
        // A picture that has come meanwhile is taken.
        std::fs::write(images.join("missing.png"), include_bytes!("jug.png")).unwrap();
        let report = tried_and_brought(test, seller, &second, how).await;
        assert_eq!((report.counts.updated, said(&report, "pot").len()), (1, 0), "{report:#?}");
        assert_eq!(test.scalar("SELECT COUNT(*) FROM product WHERE status = 'published'").await, 7);
    }
);

stoa_testing::on_both!(
    two_names_that_the_catalogue_takes_for_one_are_told_before_it_is_asked,
    &modules(),
    async |test: &Test| {
        let seller = shop(test, "auel").await;
        let text = file(&[
            "wide jug,Jug,Title,Default Title,JUG 1,5,20,",
            "wide  jug,Jug,Title,Default Title,JUG 2,5,20,",
            "cup,Cup,Title,Default Title,jug  1,5,20,",
        ]);
        let report = tried_and_brought(test, seller, &text, How::default).await;
        assert_eq!(
            outcomes(&report),
            [("wide jug", Created), ("wide  jug", Refused), ("cup", Refused)],
            "{report:#?}"
        );
    }
);
