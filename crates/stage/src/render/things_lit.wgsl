// Things in the light of the scene.
fn mirror_clip(wp: vec3<f32>) -> bool { return F.key.w > 0.5 && wp.y < F.water.x - 0.03; }
@fragment fn fs_solid(v: TOut) -> FOut {
  if (mirror_clip(v.wp) || (v.misc.z < 1.0 && dissolve(v.clip.xy, v.misc.z))) { discard; }
  let s = solid_surface(v); return shade(v.wp, s.n, normalize(v.n), s.albedo, s.open, 0.0, 0.0);
}
@fragment fn fs_cut(v: TOut) -> FOut {
  let fw = min(length(fwidth(v.uv)), 1.0);
  let c = cut(v.k.x, v.uv, fw); if (c.x < 0.0 || mirror_clip(v.wp) || (v.misc.z < 1.0 && dissolve(v.clip.xy, v.misc.z))) { discard; }
  var s = cut_surface(v, c);
  // Leaves turn, and blades with them by half; not when a plant is painted for far away: its picture turns by itself.
  if (v.k.x < 3.5) { s.albedo *= F.turn.rgb; } else if (v.k.x > 6.5 && v.k.x < 7.5) { s.albedo *= mix(vec3(1.0), F.turn.rgb, 0.4); s.albedo = mix(s.albedo, vec3(0.80, 0.83, 0.88), 0.5*F.turn.w); }
  return shade(v.wp, s.n, s.n, s.albedo, s.open, s.thin, 0.0);
}
