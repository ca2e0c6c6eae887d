// Reading the two shadow maps; for passes whose bind group holds them.
@group(0) @binding(1) var shadow: texture_depth_2d_array;
@group(0) @binding(2) var shadow_cmp: sampler_comparison;

fn shadow_taps(uv: vec2<f32>, layer: i32, z: f32) -> f32 {
  let px = F.shape.w/1024.0;
  var s = textureSampleCompareLevel(shadow, shadow_cmp, uv + vec2(-0.4, -0.9)*px, layer, z);
  s += textureSampleCompareLevel(shadow, shadow_cmp, uv + vec2(0.9, -0.4)*px, layer, z);
  s += textureSampleCompareLevel(shadow, shadow_cmp, uv + vec2(-0.9, 0.4)*px, layer, z);
  s += textureSampleCompareLevel(shadow, shadow_cmp, uv + vec2(0.4, 0.9)*px, layer, z);
  return s*0.25;
}
fn shadow_at(wp: vec3<f32>, n: vec3<f32>) -> f32 {
  var q = F.near_shadow*vec4(wp + n*F.shape.y*1.6, 1.0); var uv = q.xy*vec2(0.5, -0.5) + 0.5;
  if (all(uv > vec2(0.004)) && all(uv < vec2(0.996)) && q.z < 1.0) { return shadow_taps(uv, 0, q.z - 0.0006); }
  q = F.far_shadow*vec4(wp + n*F.shape.z*1.2, 1.0); uv = q.xy*vec2(0.5, -0.5) + 0.5;
  if (any(uv < vec2(0.0)) || any(uv > vec2(1.0)) || q.z > 1.0) { return 1.0; }
  let e = min(min(uv.x, uv.y), min(1.0 - uv.x, 1.0 - uv.y));
  return mix(1.0, shadow_taps(uv, 1, q.z - 0.0012), smoothstep(0.0, 0.06, e));
}
// One tap, for what hides its shadows' edges by itself.
fn shadow_quick(wp: vec3<f32>) -> f32 {
  let q = F.near_shadow*vec4(wp, 1.0); let uv = q.xy*vec2(0.5, -0.5) + 0.5;
  if (all(uv > vec2(0.004)) && all(uv < vec2(0.996)) && q.z < 1.0) { return textureSampleCompareLevel(shadow, shadow_cmp, uv, 0, q.z - 0.0012); }
  let f = F.far_shadow*vec4(wp, 1.0); let fuv = f.xy*vec2(0.5, -0.5) + 0.5;
  if (any(fuv < vec2(0.0)) || any(fuv > vec2(1.0))) { return 1.0; }
  return textureSampleCompareLevel(shadow, shadow_cmp, fuv, 1, f.z - 0.002);
}
// Leaves and cloth: light comes through and around.
fn shade(wp: vec3<f32>, n: vec3<f32>, flat_n: vec3<f32>, albedo: vec3<f32>, open: f32, thin: f32, id: f32) -> FOut {
  let v = normalize(F.eye.xyz - wp); let l = F.key.xyz; let sh = shadow_at(wp, flat_n*0.5); let nl = dot(n, l);
  let wrap = 0.10 + 0.18*thin;
  let dif = clamp((nl + wrap)/(1.0 + wrap), 0.0, 1.0);
  let back = pow(max(dot(-v, l), 0.0), 3.0)*thin; let through = max(-nl, 0.0)*0.55*thin;
  let lit = F.key_colour.rgb*sh*mix(1.0, open, 0.55);
  var c = albedo*(lit*dif + ambient(n)*open + lamp_light(wp, n, wrap)*mix(1.0, open, 0.4));
  c += albedo*vec3(1.15, 1.05, 0.55)*lit*(back*1.5 + through*1.3);
  let hv = normalize(l + v);
  c += lit*pow(max(dot(n, hv), 0.0), 24.0)*0.03;
  return finish(c, wp, id);
}
