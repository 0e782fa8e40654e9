//! What each craft says about how its things are made and looked after.

/// What a thing is made by and of; decides how its making and its care are
/// told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Craft {
    Clay,
    Pot,
    Wood,
    Seat,
    Steel,
    Lamp,
    Cloth,
    Wool,
    Wicker,
    Paper,
    Box,
    Plant,
    Leather,
    Soap,
    Glass,
}

impl Craft {
    /// Sentences about how it is made. `{maker}`, `{city}`, `{adj}` and
    /// `{noun}` stand for themselves.
    pub fn making(self) -> &'static [&'static str] {
        match self {
            Self::Clay => &[
                "{maker} throws each one on the wheel in {city} and signs it underneath.",
                "It is fired twice, the second time to 1,260 °C, which makes it dense and hard to chip.",
                "The glaze is mixed from wood ash and feldspar in {city}, so the shade shifts a little from one firing to the next.",
                "The foot is left unglazed, and {maker} burnishes it so that it does not scratch the table.",
            ],
            Self::Pot => &[
                "It is formed on the wheel in {city} and fired hard enough to ring when you tap it.",
                "The wall is thick and evenly drawn, which keeps roots cool in summer.",
                "{maker} had it made by a pottery two streets from the quay in {city}, in batches of forty.",
                "Nothing is painted on: the colour is in the clay and the slip.",
            ],
            Self::Wood => &[
                "{maker} cuts it from a single plank, so the grain runs on from one end to the other.",
                "The wood dries for two years under a roof in {city} before anyone touches it.",
                "Edges are rounded by hand and the surface is oiled three times.",
                "No glue and no lacquer: {maker} uses joints, and oil from the linseed press next door.",
            ],
            Self::Seat => &[
                "{maker} turns the legs in {city} and steams the curved parts over a kettle as long as the room.",
                "The wood dries for two years under a roof in {city} before anyone touches it.",
                "There is no screw in it: joints are wedged, pegged and glued with casein.",
                "The finish is soap or thin paint, never lacquer, and can be renewed at home.",
            ],
            Self::Steel => &[
                "{maker} forges and grinds every piece in {city} and checks the balance by hand.",
                "It is hardened, drawn and polished in the workshop, not bought in.",
                "The finish is brushed rather than mirrored, so that years of use do not show as scratches.",
                "Each piece is stamped with the maker's mark of {maker}.",
            ],
            Self::Lamp => &[
                "The shade is spun from one sheet by {maker} in {city}, and the seam is nowhere to be found.",
                "Every part unscrews with an ordinary screwdriver, and every part can be ordered again.",
                "{maker} wires and tests each one by hand and puts their initials inside the cap.",
                "It takes an ordinary E27 bulb; one of 2,700 K is in the box.",
            ],
            Self::Cloth => &[
                "It is woven on shuttle looms in {city} by {maker} and washed before it is cut.",
                "The yarn is dyed before weaving, which is why the colour goes all the way through.",
                "{maker} hems it with a double fold and finishes the ends by hand.",
                "It comes washed, so what arrives is the size it stays.",
            ],
            Self::Wool => &[
                "It is woven on shuttle looms in {city} by {maker} and washed in soft water.",
                "The yarn is dyed before weaving, which is why the colour goes all the way through.",
                "The wool comes from two flocks an hour from {city}, and is spun without bleach.",
                "{maker} twists the fringe by hand, four threads at a time.",
            ],
            Self::Wicker => &[
                "{maker} weaves it from the base up in one sitting, so that the tension stays even.",
                "The stems are cut in winter, soaked for a week and woven while they still bend.",
                "The handles run down inside the weave and carry far more than you would think.",
                "It is woven by {maker} in {city}, and no two come out exactly alike.",
            ],
            Self::Paper => &[
                "{maker} folds, sews and cases it in by hand in {city}.",
                "The pages are sewn with linen thread, so they open flat from the first to the last.",
                "The paper weighs 100 g, takes fountain pen without a murmur and hardly shows through.",
                "Cloth and board come from within a day's drive of {city}.",
            ],
            Self::Box => &[
                "{maker} cuts, scores and covers each one by hand in {city}.",
                "The board is two millimetres thick, and the cloth is drawn over every edge.",
                "Cloth and board come from within a day's drive of {city}.",
                "Nothing is stapled; the corners are glued with starch and pressed overnight.",
            ],
            Self::Plant => &[
                "{maker} grew it in peat-free soil and has kept it on deck in {city} for at least a month.",
                "It is raised slowly and on the cool side, which makes it sturdy.",
                "It comes with its pot, its saucer and a card that says how much light it likes.",
                "Before it leaves {city} it is checked leaf by leaf.",
            ],
            Self::Leather => &[
                "The upper is cut from one hide in {city} and sewn, not glued, to its sole.",
                "{maker} lasts each pair by hand and lets it rest for a day before the sole goes on.",
                "The leather is tanned with bark and darkens where you touch it most.",
                "The sole can be replaced, and {maker} will gladly do it.",
            ],
            Self::Soap => &[
                "{maker} cooks it in copper kettles in {city}, twenty litres at a time.",
                "It is made from olive oil, water, salt and patience; the scent is from the plant itself.",
                "Nothing in it stings, and the list of ingredients fits on one line.",
                "The bottle is glass and meant to be refilled.",
            ],
            Self::Glass => &[
                "{maker} blows it freely in {city}, from glass that was something else before.",
                "The colour is in the glass, not on it, and deepens towards the base.",
                "A faint swirl or a seed of air shows that it was blown, not pressed.",
                "The cork is turned to fit this one bottle and no other.",
            ],
        }
    }

    /// Sentences about how to look after it.
    pub fn care(self) -> &'static [&'static str] {
        match self {
            Self::Clay => &[
                "Safe in the dishwasher and the microwave.",
                "It goes into the dishwasher and, gently warmed, into the oven.",
                "Rinse it warm; the unglazed foot likes to dry upside down.",
            ],
            Self::Pot => &[
                "Brush it out with warm water between plants.",
                "In frost it is happier under a roof.",
                "White traces of lime belong to it, and a little vinegar takes them off.",
            ],
            Self::Wood => &[
                "Wipe it damp and oil it now and then.",
                "Keep it out of the dishwasher and it will outlive the table.",
                "A drop of linseed oil twice a year is all it asks for.",
            ],
            Self::Seat => &[
                "Wipe it damp, and soap it once a year.",
                "A joint that works loose is mended free of charge.",
                "It darkens a little in the first summer.",
            ],
            Self::Steel => &[
                "Wash it by hand and dry it at once.",
                "It comes with a cloth and a note on sharpening.",
                "Wood and brass age best when they are kept out of the dishwasher.",
            ],
            Self::Lamp => &[
                "Dust it with a soft cloth.",
                "The cable is two metres long, covered in cotton, and can be replaced.",
                "Suitable for dimming with a dimmable bulb.",
            ],
            Self::Cloth => &[
                "Machine wash at 40 °C and dry it in the air.",
                "Wash it with wool soap and lay it flat.",
                "It needs no ironing and looks better without.",
            ],
            Self::Wool => &[
                "Wash it by hand with wool soap and lay it flat.",
                "Airing overnight mostly does instead of washing.",
                "Keep it with a piece of cedar in summer.",
            ],
            Self::Wicker => &[
                "A damp cloth now and then keeps it supple.",
                "Keep it dry and out of the midday sun.",
                "It may creak for the first week; that is the weave settling.",
            ],
            Self::Paper => &[
                "A ribbon keeps the place and a label waits for its name.",
                "Refills in the same ruling are always in stock.",
                "It ages the way paper should.",
            ],
            Self::Box => &[
                "Dust it with a soft brush.",
                "It arrives nested and needs no assembly.",
                "Keep it dry and it keeps its shape.",
            ],
            Self::Plant => &[
                "Water it when the top two centimetres are dry.",
                "Bright light without midday sun suits it best.",
                "It forgives a forgotten week.",
            ],
            Self::Leather => &[
                "Brush it, wax it twice a year, and keep it on a shoe tree.",
                "True to size; between two sizes, take the larger.",
                "They soften within a week of wearing.",
            ],
            Self::Soap => &[
                "A refill costs half.",
                "Gentle enough for every day.",
                "Keep it out of the sun and use it within a year.",
            ],
            Self::Glass => &[
                "Rinse it warm and let it dry without its stopper.",
                "It goes into the dishwasher; its cork does not.",
                "A handful of rice and warm water cleans the inside.",
            ],
        }
    }

    /// The value of the attribute `care`.
    pub fn care_label(self) -> Option<&'static str> {
        match self {
            Self::Clay | Self::Glass => Some("Dishwasher safe"),
            Self::Wood | Self::Steel | Self::Wool => Some("Wash by hand"),
            Self::Cloth => Some("Machine wash"),
            Self::Lamp | Self::Wicker | Self::Pot | Self::Seat | Self::Box => Some("Wipe clean"),
            Self::Leather => Some("Brush and wax"),
            Self::Paper | Self::Plant | Self::Soap => None,
        }
    }
}
