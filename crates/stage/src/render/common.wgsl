// What every pass over the scene shares: the frame's uniforms, noise, shadows, ambient light, lamps and air.
struct Lamp { place: vec4<f32>, colour: vec4<f32> };   // place.w: reach in metres
struct Frame {
  view: mat4x4<f32>, unview: mat4x4<f32>, near_shadow: mat4x4<f32>, far_shadow: mat4x4<f32>,
  eye: vec4<f32>,        // metres; w: time in seconds
  key: vec4<f32>,        // toward sun or moon; w: is this the mirrored picture
  key_colour: vec4<f32>, // w: moonlit
  sun: vec4<f32>,        // toward the sun, also below the horizon; w: haze
  up: vec4<f32>, horizon: vec4<f32>,       // light of the sky; w: wind, wetness
  air_toward: vec4<f32>, air_away: vec4<f32>, // colour of the air; w: lamps lit, number of lamps
  fog: vec4<f32>,        // extinction per metre, fall with height, base, mist
  clouds: vec4<f32>,     // heaps, wisps, darkness, stars
  ground: vec4<f32>,     // bump, grain, ripples, shore
  ground2: vec4<f32>,    // through, snow, paved, patches
  lo: vec4<f32>, hi: vec4<f32>, patch_colour: vec4<f32>, rock: vec4<f32>, woods: vec4<f32>, // w: snow line, path, -, -, -
  water: vec4<f32>,      // level, wave, on; what a room throws back
  deep: vec4<f32>,       // w: indoors
  forward: vec4<f32>,    // w: height of the picture in pixels
  shape: vec4<f32>,      // width of the picture, metres to a texel of the near and far shadow, shadow softness
  sky_window: vec4<f32>, // azimuth and height of the sky picture: from, size
  tint: vec4<f32>,       // colour of another world's air; how far it replaces ours
  heaven: vec4<f32>,     // under water, aurora, part of the later sky, how far lamps are lit
  planets: array<Lamp, 2>, // place: toward it, half its angle; colour, kind
  turn: vec4<f32>,       // colour that leaves turn to, as a factor; snow that has settled since
  drift: vec4<f32>,      // kind of what is in the air; lightning: strength, where, shape
  lamps: array<Lamp, 16>,
};
@group(0) @binding(0) var<uniform> F: Frame;
@group(0) @binding(3) var soft: texture_2d<f32>;
@group(0) @binding(4) var slopes: texture_2d<f32>;
@group(0) @binding(5) var rep: sampler;

struct FOut { @location(0) colour: vec4<f32>, @location(1) aux: vec2<f32> };

fn nz(p: vec2<f32>) -> vec4<f32> { return textureSampleLevel(soft, rep, p, 0.0); }
fn h2(p: vec2<f32>) -> vec2<f32> {
  let q = vec2(dot(p, vec2(127.1, 311.7)), dot(p, vec2(269.5, 183.3)));
  return fract(sin(q)*43758.5453);
}
// Interleaved gradient noise (Jimenez 2014): an even dither over the pixels.
fn dither(p: vec2<f32>) -> f32 { return fract(52.9829189*fract(dot(p, vec2(0.06711056, 0.00583715)))); }
// Share shown in 0..1, or -1..0 for the other half of a dissolve.
fn dissolve(p: vec2<f32>, shown: f32) -> bool {
  let d = dither(floor(p));
  return select(d > shown, d < 1.0 + shown, shown < 0.0);
}
fn air_colour(d: vec3<f32>) -> vec3<f32> {
  let mu = max(dot(normalize(vec3(d.x, 0.0001, d.z)), normalize(vec3(F.key.x, 0.0, F.key.z)))*0.5 + 0.5, 0.0);
  let c = mix(F.air_away.rgb, F.air_toward.rgb, mu*mu*mu);
  return c + F.key_colour.rgb*0.035*pow(max(dot(d, F.key.xyz), 0.0), 12.0)*(1.0 - F.clouds.z);
}
fn apply_air(c: vec3<f32>, wp: vec3<f32>) -> vec3<f32> {
  let v = wp - F.eye.xyz; let d = length(v); let r = v/max(d, 0.001);
  var od = d*F.fog.x*exp(-max(min(wp.y, F.eye.y), 0.0)*F.fog.y*0.5);
  if (F.fog.w > 0.0) {
    let fall = 0.14; let ty = v.y*fall; var thick = exp(-max(F.eye.y - F.fog.z, 0.0)*fall);
    if (abs(ty) > 0.001) { thick *= (1.0 - exp(-ty))/ty; }
    let q = nz(wp.xz*0.006 + F.eye.w*0.002).x*0.9 + 0.3;
    od += d*F.fog.w*clamp(thick, 0.0, 20.0)*q*smoothstep(2.0, 60.0, d);
  }
  var o = mix(c, air_colour(r), 1.0 - exp(-od));
  if (F.fog.x > 0.001 && F.air_away.w > 0.5) { // lamps in wet air glow (closed form of single scattering along the ray)
    for (var i = 0; i < i32(F.air_away.w); i++) {
      let q = F.eye.xyz - F.lamps[i].place.xyz; let b = dot(r, q); let s = inverseSqrt(max(dot(q, q) - b*b, 0.02));
      o += F.lamps[i].colour.rgb*F.fog.x*0.9*s*(atan((d + b)*s) - atan(b*s));
    }
  }
  return o;
}
fn ambient(n: vec3<f32>) -> vec3<f32> {
  // The ground throws light back: it fills what faces down and half of what faces aside; snow most of all.
  let bounce = (F.key_colour.rgb*max(F.key.y, 0.0)*0.55 + F.up.rgb*0.7)*F.lo.rgb*0.62 + F.horizon.rgb*0.10;
  // A camera is balanced for daylight that is sun and sky together: under a high sun the sky's own blue is held back.
  let grey = vec3(dot(F.up.rgb, vec3(0.2126, 0.7152, 0.0722)));
  let up = mix(F.up.rgb, grey, 0.5*smoothstep(0.05, 0.40, F.key.y));
  let above = up*0.85 + F.horizon.rgb*0.30; let aside = F.horizon.rgb*0.42 + up*0.22 + bounce*0.5;
  return select(mix(aside, bounce + up*0.05, -n.y), mix(aside, above, n.y), n.y > 0.0);
}
fn lamp_light(wp: vec3<f32>, n: vec3<f32>, wrap: f32) -> vec3<f32> {
  var c = vec3(0.0);
  for (var i = 0; i < i32(F.air_away.w); i++) {
    let d = F.lamps[i].place.xyz - wp; let r2 = dot(d, d); let reach = F.lamps[i].place.w;
    let edge = max(1.0 - r2/(reach*reach), 0.0);
    if (edge > 0.0) {
      let nl = clamp((dot(n, d)*inverseSqrt(r2) + wrap)/(1.0 + wrap), 0.0, 1.0);
      c += F.lamps[i].colour.rgb*(nl*edge*edge/(0.6 + r2*0.35));
    }
  }
  return c;
}
// Light that waves gather on what lies under water.
fn caustics(wp: vec3<f32>) -> f32 {
  let t = F.eye.w; let p = wp.xz + F.key.xz*wp.y;
  let a = nz(p*0.052 + vec2(0.021, 0.013)*t).xy; let b = nz(p*0.081 + a*0.05 - vec2(0.017, 0.024)*t).yx;
  let w = 1.0 - abs(a.x + b.x - 1.0)*4.2; let v = 1.0 - abs(a.y + b.y - 1.0)*4.2;
  return 0.55 + 1.5*pow(clamp(max(w, v), 0.0, 1.0), 3.0);
}
fn finish(c: vec3<f32>, wp: vec3<f32>, id: f32) -> FOut {
  var o: FOut; o.colour = vec4(apply_air(c, wp), 1.0);
  o.aux = vec2(dot(wp - F.eye.xyz, F.forward.xyz), id); return o;
}
