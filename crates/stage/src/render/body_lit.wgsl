fn hash3(p: vec3<f32>) -> vec3<f32> {
  var q = vec3<u32>(bitcast<u32>(i32(p.x)), bitcast<u32>(i32(p.y)), bitcast<u32>(i32(p.z)));
  q = q*1664525u + 1013904223u; q.x += q.y*q.z; q.y += q.z*q.x; q.z += q.x*q.y; q = q ^ (q >> vec3(16u)); q.x += q.y*q.z; q.y += q.z*q.x; q.z += q.x*q.y;
  return vec3<f32>(q & vec3(0xffffu))/65535.0;
}
fn vnoise(p: vec3<f32>) -> f32 {
  let i = floor(p); let f = fract(p); let u = f*f*(3.0 - 2.0*f);
  return mix(mix(mix(hash3(i).x, hash3(i + vec3(1.0, 0.0, 0.0)).x, u.x), mix(hash3(i + vec3(0.0, 1.0, 0.0)).x, hash3(i + vec3(1.0, 1.0, 0.0)).x, u.x), u.y),
             mix(mix(hash3(i + vec3(0.0, 0.0, 1.0)).x, hash3(i + vec3(1.0, 0.0, 1.0)).x, u.x), mix(hash3(i + vec3(0.0, 1.0, 1.0)).x, hash3(i + vec3(1.0, 1.0, 1.0)).x, u.x), u.y), u.z);
}
fn cells(p: vec3<f32>) -> vec3<f32> { // nearest, second nearest, which
  let b = floor(p); var f1 = 9.0; var f2 = 9.0; var id = 0.0;
  for (var z = -1; z <= 1; z++) { for (var y = -1; y <= 1; y++) { for (var x = -1; x <= 1; x++) {
    let c = b + vec3(f32(x), f32(y), f32(z)); let r = hash3(c); let d = distance(p, c + 0.15 + 0.7*r);
    if (d < f1) { f2 = f1; f1 = d; id = r.z; } else if (d < f2) { f2 = d; }
  } } }
  return vec3(f1, f2, id);
}
fn coat(v: BOut2) -> vec3<f32> {
  var m = 0.0; let s = v.marks.y; let bp = v.rest*v.marks.z;
  if (v.c1.a < 0.01 || v.marks.x < 0.5) { return v.c0.rgb; }
  switch (i32(v.marks.x + 0.5)) {
    case 1: { let w = (vnoise(bp*7.0) - 0.5)*0.55; let x = sin(6.2832*v.pattern.x + w*3.0) + (vnoise(bp*16.0) - 0.5)*0.5; let e = clamp(fwidth(v.pattern.x)*6.2832, 0.10, 0.9); m = smoothstep(-e, e, x + 0.05); }
    case 2: { let c = cells(v.rest*s + (vnoise(v.rest*s*2.5) - 0.5)*0.35); m = smoothstep(0.07, 0.13, c.y - c.x)*(0.82 + 0.18*c.z); }
    case 3: { let x = vnoise(v.rest*s + 3.7)*0.7 + vnoise(v.rest*s*2.3 + 9.1)*0.3; m = smoothstep(0.47, 0.50, x); }
    case 4: { let c = cells(v.rest*s); m = 1.0 - smoothstep(0.20, 0.27, c.x); }
    default: {}
  }
  return mix(v.c0.rgb, v.c1.rgb, m*v.c1.a);
}
struct Look { albedo: vec3<f32>, n: vec3<f32>, gloss: f32, power: f32, wrap: vec3<f32>, thin: f32, open: f32, sheen: f32 };
fn look(albedo: vec3<f32>, n: vec3<f32>, open: f32) -> Look {
  var l: Look; l.albedo = albedo; l.n = n; l.gloss = 0.0; l.power = 20.0; l.wrap = vec3(0.12); l.thin = 0.0; l.open = open; l.sheen = 0.0; return l;
}
// What turns into something else goes in patches, whose edges glow.
fn patches(v: BOut2) -> f32 { let q = v.rest*v.gone.y; return vnoise(q)*0.7 + vnoise(q*2.7 + 5.3)*0.3; }
fn unseen(v: BOut2) -> bool { return (F.key.w > 0.5 && v.wp.y < F.water.x - 0.02) || (v.gone.x > 0.0 && patches(v) < v.gone.x*0.9 + 0.05); }
fn embers(v: BOut2) -> vec3<f32> {
  if (v.gone.x <= 0.0) { return vec3(0.0); }
  return vec3(5.0, 2.6, 0.7)*(1.0 - smoothstep(0.0, 0.07, patches(v) - v.gone.x*0.9 - 0.05))*smoothstep(0.0, 0.1, v.gone.x);
}
fn lit_body(v: BOut2, m: Look) -> FOut {
  let eye = normalize(F.eye.xyz - v.wp); let l = F.key.xyz; let sh = shadow_at(v.wp, normalize(v.n)); let nl = dot(m.n, l);
  let dif = clamp((vec3(nl) + m.wrap)/(1.0 + m.wrap), vec3(0.0), vec3(1.0)); let fres = pow(1.0 - max(dot(m.n, eye), 0.0), 4.0);
  let amb = ambient(m.n)*m.open*mix(1.0, 0.30, F.deep.w); let room = vec3(0.30, 0.27, 0.23)*F.water.w*m.open;
  var c = m.albedo*(F.key_colour.rgb*dif*sh*mix(0.6, 1.0, m.open) + amb + room + lamp_light(v.wp, m.n, m.wrap.x));
  // Light from behind catches the edge.
  let rim = fres*max(dot(-eye, l)*0.5 + 0.5, 0.0)*sh;
  c += F.key_colour.rgb*rim*(0.05 + m.sheen)*mix(vec3(1.0), m.albedo*4.0, 0.6) + amb*fres*m.sheen;
  if (m.gloss > 0.0) {
    let hv = normalize(l + eye); let sp = pow(max(dot(m.n, hv), 0.0), m.power)*m.gloss*(m.power*0.02 + 0.15); let r = reflect(-eye, m.n);
    c += F.key_colour.rgb*sp*sh + mix(air_colour(r), F.up.rgb, clamp(r.y, 0.0, 1.0))*(0.04 + 0.5*fres)*m.gloss*0.6*m.open*mix(1.0, 0.25, F.deep.w);
    for (var i = 0; i < i32(F.air_away.w); i++) {
      let to = F.lamps[i].place.xyz - v.wp; let r2 = dot(to, to); let h = normalize(to*inverseSqrt(r2) + eye);
      c += F.lamps[i].colour.rgb*pow(max(dot(m.n, h), 0.0), m.power)*m.gloss*0.5/(0.6 + r2*0.35);
    }
  }
  let away = max(-nl, 0.0)*m.thin; c += m.albedo*F.key_colour.rgb*sh*away*0.6;
  return finish(c + embers(v), v.wp, v.tint.w);
}
fn snow_on(v: BOut2, c: vec3<f32>, n: vec3<f32>) -> vec3<f32> {
  let s = F.ground2.y*0.55*smoothstep(0.55, 0.95, n.y + (tnoise(v.rest*40.0) - 0.5)*0.9); return mix(c, vec3(0.86, 0.88, 0.92), s);
}
@fragment fn fs_hide(v: BOut2) -> FOut {
  if (unseen(v)) { discard; }
  var n = normalize(v.n); var c = coat(v); let k = v.finish.y; let bp = v.rest*v.marks.z;
  if (k > 0.0) { // folds of skin: warped ridged noise
    let wq = bp*9.0; let q = bp*vec3(46.0, 62.0, 46.0) + (vec3(vnoise(wq), vnoise(wq + 7.7), vnoise(wq + 3.1)) - 0.5)*9.0; let e = 0.3;
    let w0 = abs(vnoise(q) - 0.5)*2.0; let w1 = abs(vnoise(q*0.37) - 0.5)*2.0;
    let g = vec3(abs(vnoise(q + vec3(e, 0.0, 0.0)) - 0.5), abs(vnoise(q + vec3(0.0, e, 0.0)) - 0.5), abs(vnoise(q + vec3(0.0, 0.0, e)) - 0.5))*2.0 - w0;
    n = normalize(n - g*k*0.55); c *= 1.0 - k*0.35*(1.0 - smoothstep(0.0, 0.35, w0)) - k*0.30*(1.0 - smoothstep(0.0, 0.25, w1));
  } else { c *= 0.88 + 0.24*vnoise(bp*vec3(110.0, 60.0, 60.0)); }
  var m = look(c*(0.35 + 0.65*v.pattern.y), n, 0.5 + 0.5*v.pattern.y); m.gloss = v.finish.x; m.power = 22.0; m.sheen = 0.10; return lit_body(v, m);
}
@fragment fn fs_under_fur(v: BOut2) -> FOut {
  if (unseen(v)) { discard; }
  let n = normalize(v.n); let deep = smoothstep(0.01, 0.05, v.finish.z*v.c0.a);
  var c = coat(v)*mix(1.0, 0.75, deep)*(0.8 + 0.4*tnoise(v.rest*90.0)); c = snow_on(v, c, n);
  var m = look(c*(0.35 + 0.65*v.pattern.y), n, 0.5 + 0.5*v.pattern.y); m.gloss = v.finish.x*(1.0 - deep); m.sheen = 0.12; return lit_body(v, m);
}
// A shell holds the strands that are at least this long: dots around strand roots, shrinking toward their tips.
@fragment fn fs_shell(v: BOut2) -> FOut {
  let h = v.marks.w; let lock = v.lock.x; let longest = 0.58 + 0.70*lock;
  if (v.c0.a < 0.03 || h > longest) { discard; }
  let q = v.rest*v.finish.w; let p = vec3(q.x*0.96 + q.y*0.28, q.y*0.90 - q.x*0.25 + q.z*0.35, q.z*0.93 - q.y*0.33);
  let c = floor(p); let r = hash3(c); let d = length(fract(p) - 0.5 - (r - 0.5)*0.4); let own = (0.42 + 0.58*r.x)*longest;
  if (h > own || d > 0.62*(1.0 - h/own*0.72) || unseen(v)) { discard; }
  var col = coat(v); let t = h/max(own, 0.2);
  col *= mix(0.60, 1.75, t)*(0.72 + 0.56*r.y)*(0.62 + 0.76*lock);
  let n = normalize(v.n + v.comb*0.15 + vec3(r.x - 0.5, -0.2*h, r.z - 0.5)*0.55);
  let snow = F.ground2.y*0.75*smoothstep(0.50, 0.95, v.n.y + (v.lock.y - 0.5)*1.1)*smoothstep(0.30, 0.7, h);
  col = mix(col, vec3(0.86, 0.88, 0.92), snow)*(0.50 + 0.50*v.pattern.y);
  let open = (0.55 + 0.45*v.pattern.y)*(0.65 + 0.35*t); let eye = normalize(F.eye.xyz - v.wp); let l = F.key.xyz; let nl = dot(n, l);
  let sh = shadow_quick(v.wp + l*0.05); let lit = F.key_colour.rgb*sh;
  let fres = 1.0 - max(dot(normalize(v.n), eye), 0.0); let edge = fres*fres*fres*t;
  var o = col*(lit*(clamp((nl + 0.25)/1.25, 0.0, 1.0)*mix(0.6, 1.0, open) + max(-nl, 0.0)*0.12) + ambient(n)*open*mix(1.0, 0.30, F.deep.w) + vec3(0.30, 0.27, 0.23)*F.water.w*open + lamp_light(v.wp, n, 0.2));
  // Light from behind catches the tips.
  o += (lit*(max(dot(-eye, l), 0.0)*0.75 + 0.20) + F.horizon.rgb*0.10)*edge*mix(vec3(0.20, 0.16, 0.12), col, 0.5);
  // The animal is near enough that one colour of air does.
  let dist = distance(v.wp, F.eye.xyz); o = mix(o, (F.air_toward.rgb + F.air_away.rgb)*0.5, 1.0 - exp(-dist*F.fog.x));
  var f: FOut; f.colour = vec4(o, 1.0); f.aux = vec2(dot(v.wp - F.eye.xyz, F.forward.xyz), v.tint.w); return f;
}
@fragment fn fs_hard(v: BOut2) -> FOut {
  if (unseen(v)) { discard; }
  let eye = normalize(F.eye.xyz - v.wp); var n = normalize(v.n); if (dot(n, eye) < 0.0) { n = -n; }
  let s = 0.86 + 0.28*tnoise(v.rest*vec3(60.0, 25.0, 60.0));
  var m = look(v.c0.rgb*s*(0.45 + 0.55*v.pattern.y), n, 0.4 + 0.6*v.pattern.y); m.gloss = v.finish.x; m.power = mix(12.0, 120.0, v.finish.x*v.finish.x); m.wrap = vec3(0.20, 0.16, 0.12); return lit_body(v, m);
}
@fragment fn fs_hair(v: BOut2) -> FOut {
  if (unseen(v)) { discard; }
  let eye = normalize(F.eye.xyz - v.wp); var n = normalize(v.n); if (dot(n, eye) < 0.0) { n = -n; }
  let st = nz(vec2(v.pattern.x*3.1 + v.rest.x*0.7, v.rest.y*0.35 + v.rest.z*0.2)); let fine = nz(vec2(v.pattern.x*11.0 + v.rest.z, v.rest.y*0.5)).y;
  var m = look(coat(v)*(0.50 + 0.7*st.x + 0.35*(fine - 0.5))*(0.4 + 0.6*v.pattern.y), normalize(n + (vec3(st.x, fine, st.y) - 0.5)*0.5), 0.4 + 0.6*v.pattern.y);
  m.gloss = 0.10 + v.finish.x; m.power = 18.0; m.wrap = vec3(0.3); m.thin = 0.4; m.sheen = 0.15; return lit_body(v, m);
}
@fragment fn fs_skin(v: BOut2) -> FOut {
  if (unseen(v)) { discard; }
  let n = normalize(v.n); let fine = vnoise(v.rest*420.0); let mid = vnoise(v.rest*60.0);
  var m = look(v.c0.rgb*(0.93 + 0.10*mid + 0.05*fine), normalize(n + (vec3(fine, mid, fine*mid) - 0.5)*0.05), 0.35 + 0.65*v.pattern.y);
  // Red light travels farthest under skin.
  let l = dot(v.c0.rgb, vec3(0.3, 0.6, 0.1)); m.wrap = vec3(0.32, 0.16, 0.10)*(0.6 + l); m.gloss = 0.16 + v.finish.x*0.5; m.power = 16.0; m.sheen = 0.04; return lit_body(v, m);
}
@fragment fn fs_cloth(v: BOut2) -> FOut {
  if (unseen(v)) { discard; }
  let eye = normalize(F.eye.xyz - v.wp); var n = normalize(v.n); if (dot(n, eye) < -0.05) { n = -n; }
  let crease = nz(v.rest.xy*0.9 + v.rest.z*0.4); let weave = nz(v.rest.xy*9.0 + v.rest.z*7.0).w;
  n = normalize(n + (crease.xyw - 0.5)*0.22); let wet = F.horizon.w*clamp(n.y*0.8 + 0.35, 0.0, 1.0);
  var m = look(coat(v)*(0.88 + 0.14*crease.x + 0.12*(weave - 0.5))*(1.0 - 0.35*wet)*(0.35 + 0.65*v.pattern.y), n, 0.4 + 0.6*v.pattern.y);
  m.gloss = max(v.finish.x, wet*0.25); m.power = 18.0; m.wrap = vec3(0.18); m.sheen = 0.10; m.thin = 0.12; return lit_body(v, m);
}
// What things are made of; finish: gloss, metal, wood grain, light of its own; marks.y: light of its own when lamps are lit.
fn surroundings(r: vec3<f32>) -> vec3<f32> {
  let sky = mix(air_colour(r), F.up.rgb, clamp(r.y*1.3, 0.0, 1.0));
  let land = F.lo.rgb*(F.key_colour.rgb*max(F.key.y, 0.0)*0.5 + F.up.rgb*0.6);
  return mix(land, sky, smoothstep(-0.12, 0.10, r.y))*mix(1.0, 0.25, F.deep.w) + vec3(0.16, 0.145, 0.125)*F.water.w;
}
@fragment fn fs_solid_body(v: BOut2) -> FOut {
  if (unseen(v)) { discard; }
  let eye = normalize(F.eye.xyz - v.wp); var n = normalize(v.n); if (dot(n, eye) < 0.0) { n = -n; }
  let gloss = v.finish.x; let metal = v.finish.y; var albedo = v.c0.rgb; let open = v.pattern.y; let l = F.key.xyz;
  if (v.finish.z > 0.0) { // growth rings along the longest way of the grain
    let g = nz(vec2(v.rest.x*1.9 + v.rest.z*1.3, v.rest.y*0.21 + v.rest.z*0.13)); let f = nz(vec2(v.rest.x*9.0 + v.rest.z*7.0, v.rest.y*0.9));
    albedo *= 1.0 + v.finish.z*((g.x - 0.5)*0.9 + (f.y - 0.5)*0.5);
  } else { albedo *= 0.96 + 0.08*tnoise(v.rest*9.0); }
  let sh = shadow_at(v.wp, normalize(v.n)); let nl = dot(n, l); let nv = max(dot(n, eye), 0.0);
  let room = vec3(0.30, 0.27, 0.23)*F.water.w*open*(0.65 + 0.35*n.y);
  let lit = F.key_colour.rgb*clamp((nl + 0.06)/1.06, 0.0, 1.0)*sh;
  var c = albedo*(1.0 - metal*0.85)*(lit*mix(0.35, 1.0, open) + ambient(n)*open*mix(1.0, 0.30, F.deep.w) + room + lamp_light(v.wp, n, 0.1));
  if (gloss > 0.0) {
    let f0 = mix(vec3(0.04), albedo, metal); let fres = f0 + (1.0 - f0)*pow(1.0 - nv, 5.0); let r = reflect(-eye, n);
    let power = mix(12.0, 260.0, gloss*gloss); let strength = fres*gloss*open;
    c += surroundings(r)*strength*mix(0.55, 1.0, gloss);
    let h = normalize(l + eye); c += F.key_colour.rgb*sh*pow(max(dot(n, h), 0.0), power)*strength*(power*0.03 + 0.2);
    for (var i = 0; i < i32(F.air_away.w); i++) {
      let to = F.lamps[i].place.xyz - v.wp; let r2 = dot(to, to); let lh = normalize(to*inverseSqrt(r2) + eye);
      c += F.lamps[i].colour.rgb*pow(max(dot(n, lh), 0.0), power)*strength*4.0/(0.6 + r2*0.35);
    }
  }
  c += v.c0.rgb*(v.finish.w + v.marks.y*F.air_toward.w) + embers(v);
  return finish(c, v.wp, v.tint.w);
}
@fragment fn fs_glass(v: BOut2) -> FOut {
  if (unseen(v)) { discard; }
  let eye = normalize(F.eye.xyz - v.wp); let n = normalize(v.n); let nv = max(dot(n, eye), 0.0); let r = reflect(-eye, n);
  let fres = 0.04 + 0.96*pow(1.0 - nv, 5.0); let sh = shadow_at(v.wp, n); let h = normalize(F.key.xyz + eye);
  let dark = 1.0 - clamp(dot(v.c0.rgb, vec3(0.4)), 0.0, 1.0); let veil = 0.16 + 0.30*dark;
  let alpha = clamp(veil + fres*(1.0 - veil), 0.0, 1.0);
  let own = v.c0.rgb*(ambient(n) + F.key_colour.rgb*sh*0.3 + lamp_light(v.wp, n, 0.3) + vec3(0.2)*F.water.w);
  let shine = F.key_colour.rgb*sh*pow(max(dot(n, h), 0.0), 320.0)*3.0;
  var o = finish(mix(own, surroundings(r), fres/alpha) + shine, v.wp, v.tint.w); o.colour.a = alpha; return o;
}
