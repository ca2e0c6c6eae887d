// Falling snow and rain: each drop's place is a function of its number and the time, wrapped into a box around the eye.
struct POut { @builtin(position) clip: vec4<f32>, @location(0) uv: vec2<f32>, @location(1) @interpolate(flat) look: vec4<f32> };
fn rnd(i: u32) -> vec4<f32> {
  var x = i*747796405u + 2891336453u; var o: vec4<f32>;
  for (var k = 0; k < 4; k++) { x = ((x >> ((x >> 28u) + 4u)) ^ x)*277803737u; x = (x >> 22u) ^ x; o[k] = f32(x & 0xffffu)/65535.0; x = x*747796405u + 2891336453u; }
  return o;
}
@vertex fn vs_rain(@builtin(vertex_index) i: u32, @builtin(instance_index) k: u32) -> POut { return fall(i, k, true); }
@vertex fn vs_snow(@builtin(vertex_index) i: u32, @builtin(instance_index) k: u32) -> POut { return fall(i, k, false); }
fn fall(i: u32, k: u32, is_rain: bool) -> POut {
  let q = vec2(f32(i & 1u), f32(i >> 1u))*2.0 - 1.0; let r = rnd(k); let r2 = rnd(k + 77777u); let t = F.eye.w;
  let size = select(vec3(16.0, 10.0, 16.0), vec3(18.0, 12.0, 18.0), is_rain);
  let wind = vec3(0.9, 0.0, 0.35)*F.up.w; let speed = select(1.1 + 0.8*r2.x, 8.5 + 2.0*r2.x, is_rain);
  var p = r.xyz*size + wind*t*select(4.0, 5.0, is_rain) + vec3(0.0, -speed*t, 0.0);
  if (!is_rain) { p += vec3(sin(t*1.3 + r2.y*6.28), 0.0, cos(t*1.1 + r2.z*6.28))*0.25*(0.4 + F.up.w); }
  let base = F.eye.xyz + F.forward.xyz*size.x*0.42 - size*0.5; p = base + fract((p - base)/size)*size;
  let to = p - F.eye.xyz; let d = length(to); let side = normalize(cross(F.forward.xyz, vec3(0.0, 1.0, 0.0)));
  var o: POut;
  if (is_rain) {
    let down = normalize(vec3(wind.x*0.55, -1.0, wind.z*0.55)); let along = down*0.32; let across = normalize(cross(to, down))*max(0.0035, d*0.0007);
    o.clip = F.view*vec4(p + along*q.y + across*q.x, 1.0); o.look = vec4(0.30*smoothstep(0.3, 1.4, d)*smoothstep(18.0, 6.0, d), 0.0, 1.0, 0.0);
  } else {
    let rad = (0.012 + 0.012*r2.w)*(1.0 + 0.4*F.up.w); let s = max(rad, d*0.0011);
    let up = normalize(cross(side, F.forward.xyz));
    o.clip = F.view*vec4(p + (side*q.x + up*q.y)*s, 1.0); o.look = vec4(0.95*smoothstep(0.25, 0.9, d)*clamp(rad/s*1.2, 0.3, 1.0), 1.0, 0.0, 0.0);
  }
  o.uv = q; return o;
}
// What drifts: F.drift.x = 1 embers, 2 specks, 3 leaves, 4 petals, 5 fluff, 6 fireflies. look = (opacity, kind, glow, tone).
@vertex fn vs_drift(@builtin(vertex_index) i: u32, @builtin(instance_index) k: u32) -> POut {
  let q = vec2(f32(i & 1u), f32(i >> 1u))*2.0 - 1.0; let r = rnd(k); let r2 = rnd(k + 77777u); let t = F.eye.w; let kind = F.drift.x;
  let size = vec3(20.0, 11.0, 20.0); var rise = -0.35; var reach = 0.4; var rad = 0.012; var air = 0.5;
  if (kind < 1.5) { rise = 0.9 + 0.9*r2.x; reach = 0.7; rad = 0.010 + 0.012*r2.w; air = 1.5; }
  else if (kind < 2.5) { rise = -0.03 + 0.02*r2.x; reach = 0.25; rad = 0.006 + 0.012*r2.w*r2.w; air = 0.10; }
  else if (kind < 4.5) { rise = -0.55 - 0.5*r2.x; reach = 0.8; rad = select(0.030, 0.018, kind > 3.5)*(0.7 + 0.6*r2.w); air = 1.8; }
  else if (kind < 5.5) { rise = -0.22 - 0.2*r2.x; reach = 0.5; rad = 0.010 + 0.010*r2.w; air = 0.8; }
  else { rise = 0.0; reach = 1.2; rad = 0.028; air = 0.0; }
  let wind = vec3(0.9, 0.0, 0.35)*(0.15 + F.up.w)*air;
  var p = r.xyz*size + wind*t + vec3(0.0, rise*t, 0.0);
  p += vec3(sin(t*(0.7 + r2.y) + r2.y*6.28), 0.4*sin(t*(0.9 + r2.x) + r2.z*6.28), cos(t*(0.6 + r2.z) + r2.z*6.28))*reach;
  let base = F.eye.xyz + F.forward.xyz*size.x*0.42 - size*0.5; p = base + fract((p - base)/size)*size;
  let to = p - F.eye.xyz; let d = length(to); let side = normalize(cross(F.forward.xyz, vec3(0.0, 1.0, 0.0))); let up = normalize(cross(side, F.forward.xyz));
  let s = max(rad, d*0.0011); var turn = q;
  if (kind > 2.5 && kind < 4.5) { let a = t*(1.5 + 2.0*r2.x) + r2.w*6.28; turn = vec2(q.x*cos(a) - q.y*sin(a)*0.6, q.x*sin(a) + q.y*cos(a)*0.6); }
  var o: POut; o.clip = F.view*vec4(p + (side*turn.x + up*turn.y)*s, 1.0); o.uv = q;
  var alpha = smoothstep(0.25, 0.9, d)*clamp(rad/s*1.2, 0.3, 1.0);
  if (kind > 5.5) { alpha *= smoothstep(0.2, 0.8, sin(t*(0.9 + r2.x) + r2.y*40.0))*step(p.y, F.eye.y + 1.2); }
  if (kind < 1.5) { alpha *= 0.55 + 0.45*sin(t*9.0 + r2.x*50.0); }
  if (kind > 1.5 && kind < 2.5) { alpha *= 0.35; }
  o.look = vec4(alpha, kind, 0.0, r2.z); return o;
}
@fragment fn fs_drift(v: POut) -> @location(0) vec4<f32> {
  let light = F.key_colour.rgb*0.42 + F.up.rgb*0.55 + F.horizon.rgb*0.45; let kind = v.look.y; let d = length(v.uv);
  var c = light; var a = smoothstep(1.0, 0.15, d);
  if (kind < 1.5) { c = mix(vec3(5.0, 1.1, 0.15), vec3(7.0, 3.0, 0.7), v.look.w); }
  else if (kind < 2.5) { c = light*1.2; }
  else if (kind < 3.5) { c = light*mix(vec3(0.60, 0.16, 0.03), vec3(0.75, 0.46, 0.06), v.look.w); a = smoothstep(1.0, 0.85, abs(v.uv.x) + v.uv.y*v.uv.y*0.9); }
  else if (kind < 4.5) { c = light*mix(vec3(0.95, 0.55, 0.65), vec3(0.95, 0.82, 0.86), v.look.w); a = smoothstep(1.0, 0.8, length(v.uv*vec2(1.0, 1.5))); }
  else if (kind > 5.5) { c = mix(vec3(1.6, 2.6, 0.4), vec3(4.0, 5.0, 1.6), smoothstep(0.4, 0.0, d)); a = pow(smoothstep(1.0, 0.0, d), 2.0); }
  return vec4(c, a*v.look.x);
}
@fragment fn fs_fall(v: POut) -> @location(0) vec4<f32> {
  let light = F.key_colour.rgb*0.30 + F.up.rgb*0.55 + F.horizon.rgb*0.45;
  let a = select(smoothstep(1.0, 0.1, abs(v.uv.x))*smoothstep(1.0, 0.3, abs(v.uv.y)), smoothstep(1.0, 0.15, length(v.uv)), v.look.y > 0.5);
  return vec4(light*mix(0.75, 1.05, v.look.y), a*v.look.x);
}
// Sparks, drops and flakes whose places are told: place.w is the radius, look the colour and how dense it is. What is dense
// below zero has the scene's light on it, the rest shines by itself.
struct MIn { @location(5) place: vec4<f32>, @location(6) look: vec4<f32> };
struct MOut { @builtin(position) clip: vec4<f32>, @location(0) uv: vec2<f32>, @location(1) @interpolate(flat) look: vec4<f32> };
@vertex fn vs_mote(@builtin(vertex_index) i: u32, m: MIn) -> MOut {
  let q = vec2(f32(i & 1u), f32(i >> 1u))*2.0 - 1.0; let d = length(m.place.xyz - F.eye.xyz);
  let side = normalize(cross(F.forward.xyz, vec3(0.0, 1.0, 0.0))); let up = normalize(cross(side, F.forward.xyz));
  // What is finer than a pixel is drawn as large as one, and fainter.
  let least = d*1.1/F.forward.w; let s = max(m.place.w, least); let thin = m.place.w/s;
  var o: MOut; o.clip = F.view*vec4(m.place.xyz + (side*q.x + up*q.y)*s, 1.0); o.uv = q;
  o.look = vec4(m.look.rgb, m.look.w*mix(thin, 1.0, 0.25)); return o;
}
@fragment fn fs_mote(v: MOut) -> @location(0) vec4<f32> {
  let light = F.key_colour.rgb*0.45 + F.up.rgb*0.50 + F.horizon.rgb*0.45;
  let c = select(v.look.rgb, v.look.rgb*light, v.look.w < 0.0);
  return vec4(c, abs(v.look.w)*smoothstep(1.0, 0.1, length(v.uv)));
}
