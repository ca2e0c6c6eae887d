/** Films to start from. They fill the text box; nothing runs until the person says so. */
export const EXAMPLES = [
  'Several giant woolly mammoths approach, treading through a snowy meadow. At dusk the herd fades into blowing snow.',
  'A lighthouse keeper climbs a spiral stair with a lantern while a storm hits the glass. Cut to the beam over black water.',
  'Two children race bicycles down a cobbled street at dawn, laundry overhead. Handheld, long lens.',
];
