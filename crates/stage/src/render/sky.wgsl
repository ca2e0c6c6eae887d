// The sky: cheap analytic air (one scattering, optical depths fitted by eye; the same formulas as sky.rs), wisps, heaped
// clouds, stars and moon. It is painted once a shot into a picture over the window of directions that the shot looks at.
@group(1) @binding(0) var painted: texture_2d<f32>;
@group(1) @binding(1) var later: texture_2d<f32>; // the sky as it becomes
@group(1) @binding(2) var edge: sampler;
const RAY = vec3(0.0464, 0.108, 0.265);
const OZONE = vec3(0.012, 0.058, 0.004);
fn air_mass(y: f32) -> f32 { return 1.0/(max(y, 0.0)*0.965 + 0.035); }
fn twilight(d: vec3<f32>, s: vec3<f32>) -> vec3<f32> {
  let up = max(d.y, 0.0);
  let f = dot(d.xz, s.xz)/max(length(d.xz)*length(s.xz), 1e-4);
  let near = (0.5 + 0.5*f)*(0.5 + 0.5*f);
  let glow = mix(vec3(0.72, 0.40, 0.26), vec3(1.15, 0.46, 0.15), exp(-16.0*up));
  let band = mix(vec3(0.205, 0.160, 0.205), glow, near);
  let sky = mix(vec3(0.060, 0.105, 0.225), band, exp(-up*(6.5 - 3.0*near)));
  return sky*exp(9.0*min(s.y, 0.0))*smoothstep(-0.24, -0.02, s.y);
}
fn atmosphere(d: vec3<f32>) -> vec3<f32> {
  let s = F.sun.xyz; let tm = vec3(F.sun.w); let mu = dot(d, s); let up = max(d.y, 0.0);
  let m = min(air_mass(up), 11.0); let ms = min(air_mass(s.y), 17.0) + max(-s.y, 0.0)*10.0;
  let low = smoothstep(0.35, 0.04, s.y);
  let kz = mix(mix(0.45, 1.25, low), mix(0.10, 0.24, low), sqrt(up));
  let light = exp(-(RAY + OZONE + tm*0.25)*ms*kz)*2.9;
  let hg = 0.19/pow(1.5776 - 1.52*mu, 1.5)*0.30;
  let ext = 1.0 - exp(-(RAY + tm)*m); let ph = (RAY*(0.75*(1.0 + mu*mu)) + tm*hg)/(RAY + tm);
  let c = light*ph*ext*(0.52 + 0.48*sqrt(up)) + vec3(0.010, 0.016, 0.034)*ext*max(light.z, 0.3);
  let night = vec3(0.010, 0.017, 0.038)*(1.0 + 0.8*(1.0 - up));
  let day = c*smoothstep(-0.20, 0.06, s.y) + night;
  let ours = mix(day, twilight(d, s) + night, smoothstep(0.05, -0.035, s.y));
  return mix(ours, F.tint.rgb*dot(ours, vec3(0.2, 0.5, 0.3)), F.tint.w);
}
// A world in the sky: rock, bands of cloud, or seas; with a ring from 10 on. Over what is behind it.
fn planet(i: i32, d: vec3<f32>, behind: vec3<f32>) -> vec3<f32> {
  let toward = F.planets[i].place.xyz; let radius = F.planets[i].place.w; let mu = dot(d, toward);
  if (radius <= 0.0 || mu < 0.0) { return behind; }
  let right = normalize(cross(toward, vec3(0.0, 1.0, 0.0))); let up = cross(right, toward); let q = vec2(dot(d, right), dot(d, up))/sin(radius); let rr = dot(q, q);
  var c = behind; let ringed = F.planets[i].colour.w > 9.5; let kind = F.planets[i].colour.w - select(0.0, 10.0, ringed); let base = F.planets[i].colour.rgb;
  let tilt = vec2(q.x*0.94 + q.y*0.34, q.y*0.94 - q.x*0.34); let lit_at = dot(normalize(right*q.x + up*q.y - toward*0.35), F.sun.xyz);
  c += base*exp(-max(sqrt(rr) - 1.0, 0.0)*16.0)*step(1.0, rr)*max(lit_at + 0.25, 0.0)*select(0.0, 0.5, kind > 0.5);
  if (rr < 1.0) {
    let n = right*q.x + up*q.y - toward*sqrt(1.0 - rr); var albedo = base; let m = tilt/(1.0 + 0.35*rr);
    if (kind < 0.5) {
      let a = nz(m*0.21 + 0.1); let b = nz(m*0.8); let e = (nz(m*0.8 + 0.004*F.sun.xy).x - b.x)*6.0;
      albedo *= 0.50 + 0.65*smoothstep(0.35, 0.62, a.x*0.7 + b.w*0.35) + 0.35*(b.x - 0.5) + e;
    } else if (kind < 1.5) {
      let w = nz(vec2(m.x*0.16, m.y*0.5)).xy - 0.5; let y = m.y + w.x*0.12; let band = nz(vec2(0.3, y*0.55)).x; let fine = nz(vec2(m.x*0.10 + w.y*0.3, y*1.9)).y;
      albedo = mix(base*vec3(0.62, 0.50, 0.42), base*1.15, smoothstep(0.3, 0.7, band*0.75 + fine*0.35));
    } else {
      let a = nz(m*0.23 + 0.31); let b = nz(m*0.63 + 0.2); let land = smoothstep(0.50, 0.55, a.x*0.75 + b.w*0.25); let cloud = smoothstep(0.50, 0.75, nz(m*0.30 + (b.xy - 0.5)*0.16).y*0.7 + b.w*0.4);
      albedo = mix(mix(vec3(0.012, 0.045, 0.13), mix(vec3(0.10, 0.13, 0.045), vec3(0.30, 0.22, 0.12), a.y), land), vec3(0.80), cloud);
      albedo += vec3(0.10, 0.20, 0.42)*pow(rr, 3.0);
    }
    let dif = smoothstep(-0.06, 0.9, dot(n, F.sun.xyz)*1.0); c = mix(albedo*dif*2.6, c, smoothstep(0.97, 1.0, rr)*0.5) + select(vec3(0.0), base*0.004, kind < 0.5);
    c += behind*(1.0 - dif)*(1.0 - F.tint.w)*0.9;
  }
  if (ringed) {
    let p = vec2(tilt.x, tilt.y/0.24); let r = length(p);
    if (r > 1.25 && r < 2.3 && (tilt.y < 0.0 || rr > 1.0)) {
      let a = smoothstep(1.25, 1.32, r)*smoothstep(2.3, 2.22, r)*(0.30 + 0.75*nz(vec2(r*0.55, 0.4)).y)*(1.0 - 0.85*smoothstep(0.03, 0.0, abs(r - 1.92)));
      c = mix(c, base*vec3(1.05, 0.95, 0.85)*1.4, clamp(a, 0.0, 0.9));
    }
  }
  return c;
}
// Curtains of light that hang in folds.
fn aurora(d: vec3<f32>) -> vec3<f32> {
  var sum = vec3(0.0); let start = 0.16/(max(d.y, 0.0) + 0.10);
  for (var i = 0; i < 22; i++) {
    let h = f32(i)/22.0; let p = d.xz*(1.0 + h*0.42)*start*6.0 + vec2(0.0, 2.0);
    let w = (nz(p*0.020).xy - 0.5)*5.5; let f = nz((p + w)*vec2(0.046, 0.030)).x; let ray = 0.55 + 0.75*nz(vec2((p.x + w.x)*0.36, (p.y + w.y)*0.36)).w;
    let band = smoothstep(0.055, 0.0, abs(f - 0.5))*ray;
    sum += band*mix(vec3(0.06, 0.85, 0.34), vec3(0.50, 0.10, 0.62), smoothstep(0.15, 0.9, h))*exp(-h*2.6)*0.16;
  }
  return sum*smoothstep(0.03, 0.22, d.y)*smoothstep(1.2, 0.5, d.y);
}
// Looking about under water: dark below, bright where the waves break up the sun.
fn from_below(d: vec3<f32>) -> vec3<f32> {
  let up = smoothstep(-0.35, 1.0, d.y); let p = d.xz/max(d.y, 0.12); let w = nz(p*0.09).x + nz(p*0.23 + 0.4).y - 1.0;
  let window = smoothstep(0.45, 0.75, d.y + 0.18*w);
  return mix(mix(F.air_away.rgb*0.55, F.air_away.rgb, smoothstep(-0.4, 0.05, d.y)), F.up.rgb*1.5, pow(up, 2.2)) + F.key_colour.rgb*(0.55*window*(0.7 + 1.4*w) + 0.30*pow(max(dot(d, F.key.xyz), 0.0), 9.0));
}
// Streaks of ice combed by the wind, with curls where two layers shear.
fn wisps(d: vec3<f32>) -> f32 {
  let p = d.xz/max(d.y + 0.07, 0.02);
  let bend = nz(p*0.013 + 0.3).xy - 0.5; let q = p + bend*5.0;
  let r = vec2(q.x*0.82 + q.y*0.57, q.y*0.82 - q.x*0.57);
  let w = nz(r*0.021).xy - 0.5;
  let a = nz(vec2(r.x*0.022, r.y*0.085) + w*0.20).x;
  let b = nz(vec2(r.x*0.075, r.y*0.27) + w*0.45).y;
  let c = nz(vec2(r.x*0.19, r.y*0.75) + w*0.9).w;
  let cover = nz(p*0.017 + 0.61).x;
  let k = a*0.60 + b*0.30 + (c - 0.5)*0.20 + (cover - 0.5)*0.45;
  return smoothstep(0.40, 0.86, k)*smoothstep(0.015, 0.22, d.y);
}
fn heap_density(p: vec3<f32>) -> f32 { // p.y is 0 at the flat base, 1 at the highest top
  let a = nz(p.xz*0.055).x; let b = nz(p.xz*0.21 + vec2(p.y*0.17, -p.y*0.11)).w;
  let c = nz(p.xz*0.63 + vec2(-p.y*0.31, p.y*0.37)).y;
  let cover = a*0.70 + b*0.30 + (c - 0.5)*0.14;
  return smoothstep(0.0, 0.10, cover - (0.93 - F.clouds.x*0.62) - p.y*p.y*0.20 - p.y*0.03)*smoothstep(-0.02, 0.07, p.y);
}
fn heaps(d: vec3<f32>, behind: vec3<f32>) -> vec4<f32> {
  if (d.y < 0.012 || F.clouds.x <= 0.0) { return vec4(0.0); }
  let s = F.key.xyz; var t = 1.0; var sum = vec3(0.0); let n = 20; let jitter = h2(d.xy*517.0 + d.zy*131.0).x;
  let lit = F.key_colour.rgb*(0.44 + 0.9*pow(max(dot(d, s), 0.0), 9.0)) + F.up.rgb*0.25;
  let dark = F.up.rgb*0.55 + F.horizon.rgb*0.30;
  for (var i = 0; i < n; i++) {
    let h = (f32(i) + jitter)/f32(n); let r = (2.0 + h*0.7)/(d.y + 0.05); let p = vec3(d.x*r, h, d.z*r);
    let k = heap_density(p); if (k < 0.01) { continue; }
    let q = heap_density(p + vec3(s.x*0.35, 0.10 + s.y*0.14, s.z*0.35)); let al = 1.0 - exp(-k*0.65);
    let c = mix(lit, dark, clamp(q*0.75 + F.clouds.z*0.6, 0.0, 1.0))*(0.72 + 0.38*h) + dark*0.35*h;
    sum += t*al*c*(1.0 - 0.45*F.clouds.z); t *= 1.0 - al;
    if (t < 0.03) { break; }
  }
  let a = (1.0 - t)*smoothstep(0.012, 0.13, d.y);
  return vec4(mix(sum/max(1.0 - t, 0.001), behind, exp(-d.y*9.0)*0.75), a);
}
fn sky_colour(d: vec3<f32>) -> vec3<f32> {
  if (F.heaven.x > 0.0) { return from_below(d); }
  let thin = F.tint.w*(1.0 - min(dot(F.tint.rgb, vec3(1.0)), 1.0));
  var c = atmosphere(d); let mu = max(dot(d, F.sun.xyz), 0.0);
  if (F.clouds.z > 0.0) { // a closed sky: the light that the scene gets, brighter above, marbled
    let mottle = nz(d.xz/max(d.y + 0.25, 0.1)*0.06).x*0.5 + nz(d.xz/max(d.y + 0.2, 0.1)*0.21).y*0.25 + 0.62;
    let grey = mix(F.horizon.rgb*1.05, F.up.rgb*1.1, sqrt(max(d.y, 0.0)))*mottle;
    c = mix(c, grey, min(F.clouds.z*1.2, 1.0));
  }
  c += F.key_colour.rgb*(0.035*pow(mu, 20.0) + 0.14*pow(mu, 220.0))*(1.0 - F.clouds.z)*(1.0 - F.key_colour.w)*(1.0 - 0.85*thin);
  if (F.clouds.w > 0.0) {
    let q = d*180.0; let g = floor(q);
    let r = fract(sin(vec3(dot(g, vec3(12.9, 78.2, 37.7)), dot(g, vec3(39.3, 11.1, 83.1)), dot(g, vec3(73.1, 52.2, 9.1))))*43758.5453);
    let k = length(fract(q) - 0.5 - (r - 0.5)*0.6);
    c += vec3(0.9, 0.95, 1.1)*smoothstep(0.13, 0.02, k)*step(0.93, r.x)*r.y*r.y*1.6*F.clouds.w*(1.0 + 2.5*thin)*max(smoothstep(0.0, 0.3, d.y), thin);
    let band = exp(-pow(dot(d, normalize(vec3(0.45, 0.35, 0.82)))*3.2, 2.0));
    c += vec3(0.030, 0.032, 0.045)*band*(nz(d.xz*1.3 + d.y).x*1.3)*F.clouds.w;
    if (thin > 0.5) { // clouds of gas between the stars
      let p = d.xy*0.31 + d.z*vec2(0.17, -0.23); let w = nz(p*0.7).xy - 0.5; let g = nz(p + w*0.35).x*0.65 + nz(p*2.6 + w*0.5).w*0.35; let hue = nz(p*0.45 + 0.6).y;
      c += F.tint.rgb*pow(smoothstep(0.38, 0.80, g), 1.6)*mix(vec3(0.5, 0.9, 2.2), vec3(2.2, 0.6, 1.2), smoothstep(0.35, 0.65, hue))*(0.6 + 1.2*band);
    }
  }
  if (F.key_colour.w > 0.5) {
    let e = max(dot(d, F.key.xyz), 0.0);
    c += vec3(0.10, 0.12, 0.17)*pow(e, 160.0)*(1.0 - F.clouds.z) + vec3(0.02, 0.025, 0.04)*pow(e, 12.0);
  }
  if (F.heaven.y > 0.0) { c += aurora(d)*F.heaven.y; }
  c = planet(1, d, planet(0, d, c));
  let k = wisps(d)*F.clouds.y*(1.0 - 0.8*F.clouds.w);
  let light = F.key_colour.rgb*(0.34 + 0.5*pow(mu, 8.0)) + F.up.rgb*0.7 + F.horizon.rgb*0.30;
  c = mix(c, light, k*0.72);
  let q = heaps(d, c); c = mix(c, q.rgb, q.a);
  return mix(c, air_colour(d), (1.0 - exp(-F.fog.x*900.0))*exp(-max(d.y, 0.0)*mix(9.0, 1.2, clamp(F.fog.x*80.0, 0.0, 1.0))));
}
fn luma_of(c: vec3<f32>) -> f32 { return min(dot(c, vec3(0.2126, 0.7152, 0.0722)), 1.0); }
struct FS { @builtin(position) p: vec4<f32>, @location(0) uv: vec2<f32> };
@vertex fn vs_sky(@builtin(vertex_index) i: u32) -> FS {
  let uv = vec2(f32((i << 1u) & 2u), f32(i & 2u));
  var o: FS; o.p = vec4(uv*2.0 - 1.0, 1.0, 1.0); o.uv = vec2(uv.x, 1.0 - uv.y); return o;
}
@fragment fn fs_paint(v: FS) -> @location(0) vec4<f32> {
  let az = F.sky_window.x + v.uv.x*F.sky_window.z; let el = F.sky_window.y + (1.0 - v.uv.y)*F.sky_window.w;
  return vec4(min(sky_colour(vec3(sin(az)*cos(el), sin(el), -cos(az)*cos(el))), vec3(40.0)), 1.0);
}
@fragment fn fs_sky(v: FS) -> FOut {
  let q = F.unview*vec4(v.uv.x*2.0 - 1.0, 1.0 - v.uv.y*2.0, 1.0, 1.0); let d = normalize(q.xyz/q.w - F.eye.xyz);
  // Clouds drift as one sheet.
  let ahead = atan2(d.x, -d.z); var az = ahead - F.sky_window.x + F.eye.w*0.0012*(0.5 + F.up.w); let tau = 6.2831853;
  az = az - tau*floor(az/tau);
  let uv = vec2(az/F.sky_window.z, 1.0 - (asin(clamp(d.y, -1.0, 1.0)) - F.sky_window.y)/F.sky_window.w);
  var c = mix(textureSampleLevel(painted, edge, uv, 0.0).rgb, textureSampleLevel(later, edge, uv, 0.0).rgb, F.heaven.z);
  if (F.heaven.x > 0.0) { var deep: FOut; deep.colour = vec4(c, 1.0); deep.aux = vec2(1e9, 0.0); return deep; }
  // Lightning: a crooked line from the clouds down, the clouds around it bright.
  let el = asin(clamp(d.y, -1.0, 1.0)); let crook = (nz(vec2(el*0.55, F.drift.w)).x - 0.5)*0.55 + (nz(vec2(el*2.6, F.drift.w + 0.3)).y - 0.5)*0.16 + (nz(vec2(el*9.0, F.drift.w + 0.6)).w - 0.5)*0.035;
  let off = abs(ahead - F.drift.z - crook); let bolt = smoothstep(0.0045, 0.0012, off)*smoothstep(0.55, 0.40, el);
  c += F.drift.y*(vec3(0.42, 0.48, 0.68)*(0.25 + 0.9*exp(-off*3.5))*(0.3 + luma_of(c)*4.0) + vec3(5.0, 5.6, 7.5)*bolt + vec3(0.7, 0.8, 1.2)*exp(-off*45.0)*step(el, 0.5));
  let mu = dot(d, F.key.xyz);
  if (F.key_colour.w > 0.5) {
    let disc = smoothstep(0.99985, 0.99990, mu); let face = nz(d.xy*23.0 + 0.2).x;
    c = mix(c, vec3(0.85, 0.88, 0.92)*(0.62 + 0.6*face), disc*(1.0 - F.clouds.z));
  } else {
    c += F.key_colour.rgb*14.0*smoothstep(0.99978, 0.99990, mu)*(1.0 - F.clouds.z)*smoothstep(-0.01, 0.02, F.sun.y);
  }
  var o: FOut; o.colour = vec4(c, 1.0); o.aux = vec2(1e9, 0.0); return o;
}
