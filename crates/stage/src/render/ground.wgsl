override submerged: bool = false; // lies under water
// The ground, near and far. traits = (-, openness, reach of the sun past the mountains, mountain).
struct GIn { @location(0) p: vec3<f32>, @location(1) n: vec3<f32>, @location(2) uv: vec2<f32>, @location(3) c: vec4<f32>, @location(4) k: vec4<f32> };
struct GOut { @builtin(position) clip: vec4<f32>, @location(0) wp: vec3<f32>, @location(1) n: vec3<f32>, @location(2) k: vec4<f32> };
@vertex fn vs_ground(v: GIn) -> GOut {
  var o: GOut; o.wp = v.p; o.n = v.n; o.k = v.k; o.clip = F.view*vec4(v.p, 1.0); return o;
}
fn path_x(z: f32) -> f32 { return sin(z*0.11)*1.5 + sin(z*0.043 + 1.0)*2.4 - 2.0; }
@fragment fn fs_ground(v: GOut) -> FOut {
  if (F.key.w > 0.5 && v.wp.y < F.water.x - 0.03) { discard; }
  let wp = v.wp; let d = distance(wp, F.eye.xyz); let l = F.key.xyz; let eye = (F.eye.xyz - wp)/d;
  var n = normalize(v.n); let mountain = v.k.w*smoothstep(60.0, 260.0, d); let close = exp(-d*0.045);
  let q1 = textureSample(soft, rep, wp.xz*0.0043); let q2 = textureSample(soft, rep, wp.xz*0.047);
  let blend = clamp(q2.x*0.75 + (q1.x - 0.5)*1.5, 0.0, 1.0);
  var albedo = mix(F.lo.rgb, F.hi.rgb, blend); var snow = F.ground2.y; var gloss = 0.0; var open = v.k.y; var bump = F.ground.x;
  if (F.ground2.w > 0.0) { albedo = mix(albedo, F.patch_colour.rgb, smoothstep(0.60, 0.76, q2.y*0.8 + q1.y*0.25)*F.ground2.w); }
  if (d < 170.0) {
    let q3 = textureSample(soft, rep, wp.xz*F.ground.y*1.1);
    albedo *= 1.0 + ((q3.w - 0.5)*0.9 + (q3.x - 0.5)*0.35)*min(bump, 1.0)*(1.0 - 0.85*snow);
    // Soft unevenness and, finer, grains.
    let s = textureSample(slopes, rep, wp.xz*F.ground.y).xy*2.0 - 1.0;
    // Wind combs snow into long low drifts.
    let s2 = textureSample(slopes, rep, wp.xz*F.ground.y*mix(vec2(0.21), vec2(0.115, 0.34), snow) + 0.37).xy*2.0 - 1.0;
    n = normalize(n - vec3(s.x, 0.0, s.y)*(bump*0.42*close) - vec3(s2.x*(1.0 - 0.5*snow), 0.0, s2.y)*bump*(0.30 + 0.38*snow)*exp(-d*0.012));
  }
  if (F.hi.w > 0.0) {
    let pd = abs(wp.x - path_x(wp.z)) + (q2.w - 0.5)*0.9; let on = smoothstep(F.hi.w*1.25, F.hi.w*0.7, pd);
    albedo = mix(albedo, vec3(0.25, 0.165, 0.095)*(0.65 + 0.7*q2.y)*(1.0 - snow) + vec3(0.80, 0.83, 0.88)*snow, on*0.9);
  }
  if (F.ground.z > 0.0) { // wind ripples, straight across the wind, fading with distance
    let w = (nz(wp.xz*0.016).xy - 0.5)*6.0 + (nz(wp.xz*0.09).xy - 0.5)*1.4;
    let ph = (wp.x*0.35 + wp.z*0.94)*15.0 + w.x*4.0; let lee = smoothstep(0.80, 0.92, n.y);
    let amp = 0.26*exp(-d*0.035)*lee*F.ground.z*smoothstep(0.3, 0.6, q2.w + 0.12);
    n = normalize(n - vec3(0.35, 0.0, 0.94)*(cos(ph) + 0.35*cos(ph*2.0 + 0.6))*amp); albedo *= 1.0 - 0.10*sin(ph)*exp(-d*0.05)*lee*F.ground.z;
  }
  if (F.ground.w > 0.0) {
    let wet = smoothstep(0.55, 0.0, wp.y - F.water.x + (q2.x - 0.5)*0.35)*F.ground.w;
    albedo *= mix(1.0, 0.42, wet); gloss = wet*(1.0 - mountain)*(1.0 - snow);
  }
  if (F.horizon.w > 0.0) { // rain: everything darkens, hollows hold puddles
    let hollow = smoothstep(0.46, 0.62, q2.y*0.7 + q1.w*0.4)*F.horizon.w;
    let puddle = hollow*smoothstep(0.96, 0.995, v.n.y)*mix(0.25, 1.0, F.ground2.z);
    albedo *= 1.0 - 0.40*F.horizon.w; gloss = max(gloss, puddle); n = normalize(mix(n, vec3(0.0, 1.0, 0.0), puddle*0.92));
  }
  if (mountain > 0.01) {
    // Rock shows where it is steep; snow lies on ledges and in gullies, more of it higher up.
    // Slanted coordinates, so that nothing is drawn out along a wall.
    let sl = vec2(wp.x + wp.y*0.75, wp.z - wp.y*0.65); let r1 = textureSample(slopes, rep, sl*0.0058); let r2 = textureSample(slopes, rep, sl.yx*0.021);
    let f1 = textureSample(soft, rep, sl*0.0105);
    let rough = smoothstep(0.985, 0.72, v.n.y);
    let bend = (r1.zw*2.0 - 1.0)*0.75 + (r2.zw*2.0 - 1.0)*0.45;
    n = normalize(n - vec3(bend.x, 0.0, bend.y)*(mountain*(0.12 + 0.95*rough)));
    let strata = nz(vec2(wp.y*0.011 + q1.x*0.4, (wp.x + wp.z)*0.0006)).y;
    let stone = F.rock.rgb*(0.55 + 0.75*strata)*(0.72 + 0.56*f1.y);
    let lift = 0.05*clamp((wp.y - F.lo.w)/400.0, -0.5, 1.0);
    let bare = smoothstep(0.03, -0.06, n.y - (0.74 - lift) + (f1.w - 0.5)*0.20)*mountain;
    if (F.woods.r >= 0.0) { // woods on the lower slopes, as colour only
      let line = max(F.lo.w*0.75, 130.0) + (q1.y - 0.5)*120.0;
      let wood = mountain*smoothstep(0.44, 0.54, q1.x*0.5 + f1.x*0.5 + 0.06)*smoothstep(line, line*0.55, wp.y)*smoothstep(0.66, 0.80, v.n.y);
      let tone = 0.55 + 0.9*f1.z; albedo = mix(albedo, mix(F.woods.rgb*tone, vec3(0.62, 0.66, 0.72), snow*0.35*tone), wood*0.92);
      snow *= 1.0 - wood*0.6;
    }
    albedo = mix(albedo, stone, bare); snow *= 1.0 - bare; gloss *= 1.0 - mountain;
    if (F.lo.w > 1.0) {
      let line = F.lo.w*(0.75 + 0.5*q1.y);
      let s = smoothstep(line*0.85, line*1.3, wp.y + (f1.x - 0.5)*110.0)*smoothstep(0.58, 0.74, n.y + (f1.w - 0.5)*0.30);
      albedo = mix(albedo, vec3(0.84, 0.87, 0.92), s); snow = max(snow, s);
    }
  }
  var glow = vec3(0.0);
  if (F.patch_colour.w > 0.0) { // cracks in a crust, fire below
    let crack = smoothstep(0.30, 0.0, abs(q2.y - 0.5)*2.6 + abs(nz(wp.xz*0.16).x - 0.5)*1.6) + 0.6*smoothstep(0.62, 0.80, q2.x*0.7 + q1.y*0.4);
    let heat = crack*(0.75 + 0.25*sin(F.eye.w*1.3 + q1.x*30.0 + wp.x*0.4));
    glow = vec3(3.4, 0.75, 0.10)*heat*heat*F.patch_colour.w; albedo *= 1.0 - 0.6*min(crack, 1.0);
  }
  var sh = min(shadow_at(wp, normalize(v.n)), mix(1.0, v.k.z, smoothstep(30.0, 300.0, d)));
  if (submerged) { sh *= caustics(wp); }
  let nl = dot(n, l); let wrap = F.ground2.x*(1.0 - mountain) + 0.08*snow;
  let dif = clamp((nl + wrap)/(1.0 + wrap), 0.0, 1.0);
  // Snow throws light between its own grains: its shadows fill with sky.
  let amb = ambient(n)*open*mix(vec3(1.0), vec3(0.93, 0.99, 1.09), snow*(1.0 - mountain*0.5));
  var c = albedo*(F.key_colour.rgb*dif*sh + amb + lamp_light(wp, n, 0.05)) + glow;
  let hv = normalize(l + eye);
  if (snow > 0.4 && close > 0.01) {
    let g = nz(wp.xz*3.7).z; let cell = nz(floor(wp.xz*90.0)/512.0*3.1).z;
    let spark = step(0.966, fract(cell*7.13 + g + dot(eye.xz, vec2(3.1, 5.7))));
    c += F.key_colour.rgb*sh*(pow(max(dot(n, hv), 0.0), 40.0)*0.08 + spark*1.5*max(nl, 0.0)*exp(-d*0.10))*snow;
  }
  if (gloss > 0.0) {
    let r = reflect(-eye, normalize(mix(n, vec3(0.0, 1.0, 0.0), 0.7))); let fr = 0.03 + 0.85*pow(1.0 - max(eye.y, 0.0), 5.0);
    let mirror = mix(air_colour(r), F.up.rgb, clamp(r.y*1.4, 0.0, 1.0));
    c = mix(c, mirror, fr*gloss*0.85) + F.key_colour.rgb*sh*pow(max(dot(n, hv), 0.0), 180.0)*gloss*0.8;
    // Lamps stretch into streaks on wet ground.
    for (var i = 0; i < i32(F.air_away.w); i++) {
      let to = F.lamps[i].place.xyz - wp; let td = normalize(to);
      let m = max(dot(normalize(vec3(r.x, r.y*0.35 + 0.02, r.z)), normalize(vec3(td.x, td.y*0.35 + 0.02, td.z))), 0.0);
      c += F.lamps[i].colour.rgb*(pow(m, 260.0)*0.55*gloss*(0.25 + fr)/(0.4 + 0.02*dot(to, to)));
    }
  }
  return finish(c, wp, 0.0);
}
